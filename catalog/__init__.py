"""Where data lives: table specs, profiles, sessions, the publish protocol.

The only package that imports boto3, pyiceberg or awsglue, or builds a SparkSession.
"""

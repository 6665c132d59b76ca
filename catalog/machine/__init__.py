"""This machine: private files, memory and disk, Java, and what its errors mean."""

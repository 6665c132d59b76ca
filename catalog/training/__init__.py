"""The training table for data scientists: read, split, hashed, exported."""

"""Drop folders: what is delivered, and how it is opened."""

"""Writing for people on a terminal."""

"""The deployed system on one machine."""

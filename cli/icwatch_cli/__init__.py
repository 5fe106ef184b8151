"""The `icwatch` command, for people."""

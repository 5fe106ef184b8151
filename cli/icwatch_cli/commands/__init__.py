"""A module a command: `run` does it and returns the exit code. Its
options are in the module of its name in `arguments`."""

"""The status page of a stack: reading what is new, serving it on this machine, writing it as files."""

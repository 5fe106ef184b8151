"""Completion of shells: what there is to complete, from the parser of all commands, as scripts that stand alone."""

"""The figures: a module for each, with `measure`, which gives rows."""

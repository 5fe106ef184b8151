"""A module a command: `add_arguments` declares its options. It loads argparse and the model, and nothing that only the
work of the command needs, so that help and the completion of shells are there at once."""

"""What stands below the options of a command's help: what else there is to know, examples, and the exit status."""

from __future__ import annotations

import argparse
import textwrap

EXAMPLES = "Examples:"


def end(parser: argparse.ArgumentParser, *examples: str, status: str, notes: str = "") -> None:
    """Set the end of the help. Each example is a call that works as it is written, with a stack named icwatch."""
    shown = "\n".join([EXAMPLES, *(f"  {example}" for example in examples)])
    parser.epilog = "\n\n".join(filter(None, (notes, shown, f"Exit status: {status}.")))


class HelpFormatter(argparse.HelpFormatter):
    """Fills the lines of a paragraph, and leaves those that are indented as they are, so that they can be copied."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        lines = []
        for line in text.splitlines():
            lines += [line] if line.startswith(" ") or not line else textwrap.wrap(line, width)
        return "\n".join(f"{indent}{line}".rstrip() for line in lines)

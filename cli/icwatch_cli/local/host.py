"""The machine that `icwatch run` runs on."""

from __future__ import annotations


def this_machine(host: str) -> str:
    """What notices call this machine: its name, as far as the template's parameter takes it."""
    printable = "".join([char for char in host if char.isascii() and char.isprintable()])
    return printable.strip()[:100].rstrip() or "this machine"

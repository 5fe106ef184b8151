"""Targets and groups as a rule chooses them: by an address, or by labels."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from icwatch.model import DEFAULT_PORT, TARGET, Matcher, Target
from icwatch.regex import any_of
from icwatch_cli.fleet.cursor import Cursor
from icwatch_cli.fleet.quoting import described, listed, shown
from icwatch_cli.fleet.targets import LABEL_NAME, read_address

MAX_SELECTIONS = 100
LABELS = "labels and their values, such as {vpc: vpc-1}"


def read_filter(at: Cursor) -> tuple[Matcher, ...]:
    """The labels that a rule's `@LABELS` stands for: each has the value given, or one of several."""
    if not at.is_mapping or not at.value:
        at.wrong(f"is {described(at.value)}" if at.value != {} else "is empty", f"write {LABELS}")
        return ()
    matchers = []
    for name, given in at.entries():
        if not is_label(given, name):
            continue
        if isinstance(given.value, list) and given.value:
            matchers.append(Matcher(str(name), "=~", any_of([text.text() for text in given.items("texts")])))
        else:
            matchers.append(Matcher(str(name), "=", given.text()))
    return tuple(matchers)


def read_selections(at: Cursor) -> tuple[Mapping[str, str], ...]:
    """A list of addresses and labels."""
    entries = at.items("addresses or labels, such as 192.168.0.1 or {vpc: vpc-1}")
    if len(entries) > MAX_SELECTIONS:
        at.wrong(f"has {len(entries)} entries", f"keep at most {MAX_SELECTIONS}; choose by a label instead")
        return ()
    return tuple(map(read_selection, entries))


def read_selection(at: Cursor) -> dict[str, str]:
    """An address, or labels that all have to match."""
    if isinstance(at.value, str):
        return {TARGET: _id(at)}
    if not at.is_mapping or not at.value:
        wrong = f"is {described(at.value)}" if at.value != {} else "is empty"
        at.wrong(wrong, f"write an address, or {LABELS}")
        return {}
    selection = {str(name): text.text() for name, text in at.entries() if is_label(text, name)}
    if selection.get(TARGET):
        selection[TARGET] = _id(at.at(TARGET, selection[TARGET]))
    return selection


def read_labels(at: Cursor, known: Collection[str] | None) -> tuple[str, ...]:
    """Label names, of which a target carries each; `known` is None where nobody knows."""
    names: list[str] = []
    for entry in at.items("label names, such as [vpc]"):
        name = entry.value
        if not is_label(entry, name):
            continue
        check_known(entry, str(name), known)
        if name in names:
            entry.wrong(f"{name} is listed already", "write each label once")
        else:
            names.append(str(name))
    if at.value == []:
        at.wrong("is empty", "list at least one label, such as [vpc]")
    return tuple(names)


def check_known(at: Cursor, name: str, known: Collection[str] | None) -> None:
    """Report a label that no target carries."""
    if known is not None and name != TARGET and name not in known:
        carried = f"write one that targets carry: {listed(sorted(known))}" if known else "give the targets labels"
        at.wrong(f"no target carries the label {name}", carried)


def is_label(at: Cursor, name: object) -> bool:
    """Whether it can be the name of a label; reported where it cannot."""
    if isinstance(name, str) and LABEL_NAME.fullmatch(name):
        return True
    at.wrong(f"{shown(name)} is no label name", "write small letters, digits and _, such as vpc")
    return False


def _id(at: Cursor) -> str:
    """An address as the id of the target that it is. A group's name, as notices show it, is itself."""
    text = str(at.value)
    if "=" in text:
        return text
    address = read_address(at, "write an address such as 192.168.0.1, or labels such as {vpc: vpc-1}")
    return text if address is None else Target(address.host, address.port or DEFAULT_PORT).id

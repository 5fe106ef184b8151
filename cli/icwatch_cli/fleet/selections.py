"""Targets and groups as a rule chooses them: by an address, or by labels."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from icwatch.model import DEFAULT_PORT, TARGET, Matcher, Target
from icwatch.regex import any_of
from icwatch_cli.fleet.reader import Reader, join, listed, said, shown
from icwatch_cli.fleet.targets import LABEL_NAME, read_address

MAX_SELECTIONS = 100
LABELS = "labels and their values, such as {vpc: vpc-1}"


def read_filter(reader: Reader, place: str, value: object) -> tuple[Matcher, ...]:
    """The labels that a rule's `@LABELS` stands for: each has the value given, or one of several."""
    if not isinstance(value, Mapping) or not value:
        reader.wrong(place, f"is {said(value)}" if value != {} else "is empty", f"write {LABELS}")
        return ()
    matchers = []
    for name, given in value.items():
        at = join(place, name)
        if not is_label(reader, at, name):
            continue
        if isinstance(given, list) and given:
            texts = [reader.text(f"{at}[{index}]", text) for index, text in enumerate(given)]
            matchers.append(Matcher(str(name), "=~", any_of(texts)))
        else:
            matchers.append(Matcher(str(name), "=", reader.text(at, given)))
    return tuple(matchers)


def read_selections(reader: Reader, place: str, value: object) -> tuple[Mapping[str, str], ...]:
    """A list of addresses and labels."""
    entries = reader.items(place, value, "addresses or labels, such as 192.168.0.1 or {vpc: vpc-1}")
    if len(entries) > MAX_SELECTIONS:
        reader.wrong(place, f"has {len(entries)} entries", f"keep at most {MAX_SELECTIONS}; choose by a label instead")
        return ()
    return tuple(read_selection(reader, at, entry) for at, entry in entries)


def read_selection(reader: Reader, place: str, value: object) -> dict[str, str]:
    """An address, or labels that all have to match."""
    if isinstance(value, str):
        return {TARGET: _id(reader, place, value)}
    if not isinstance(value, Mapping) or not value:
        wrong = f"is {said(value)}" if value != {} else "is empty"
        reader.wrong(place, wrong, f"write an address, or {LABELS}")
        return {}
    selection = {}
    for name, text in value.items():
        at = join(place, name)
        if is_label(reader, at, name):
            selection[str(name)] = reader.text(at, text)
    if selection.get(TARGET):
        selection[TARGET] = _id(reader, join(place, TARGET), selection[TARGET])
    return selection


def read_labels(reader: Reader, place: str, value: object, known: Collection[str] | None) -> tuple[str, ...]:
    """Label names, of which a target carries each; `known` is None where nobody knows."""
    names: list[str] = []
    for at, name in reader.items(place, value, "label names, such as [vpc]"):
        if not is_label(reader, at, name):
            continue
        check_known(reader, at, str(name), known)
        if name in names:
            reader.wrong(at, f"{name} is listed already", "write each label once")
        else:
            names.append(str(name))
    if value == []:
        reader.wrong(place, "is empty", "list at least one label, such as [vpc]")
    return tuple(names)


def check_known(reader: Reader, place: str, name: str, known: Collection[str] | None) -> None:
    """Tell a label that no target carries."""
    if known is not None and name != TARGET and name not in known:
        carried = f"write one that targets carry: {listed(sorted(known))}" if known else "give the targets labels"
        reader.wrong(place, f"no target carries the label {name}", carried)


def is_label(reader: Reader, place: str, name: object) -> bool:
    """Whether it can be the name of a label; told where it cannot."""
    if isinstance(name, str) and LABEL_NAME.fullmatch(name):
        return True
    reader.wrong(place, f"{shown(name)} is no label name", "write small letters, digits and _, such as vpc")
    return False


def _id(reader: Reader, place: str, text: str) -> str:
    """An address as the id of the target that it is. A group's name, as notices show it, is itself."""
    if "=" in text:
        return text
    right = "write an address such as 192.168.0.1, or labels such as {vpc: vpc-1}"
    address = read_address(reader, place, text, right)
    return text if address is None else Target(address.host, address.port or DEFAULT_PORT).id

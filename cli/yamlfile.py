"""Reading a YAML file to a plain document, with the line of every place in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from icwatch.errors import IcwatchError, Problem

MAX_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 20

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class FileError(IcwatchError):
    """A file with problems. `lines` are `FILE:LINE: PLACE: what is wrong; what would be right`, in order."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        super().__init__("\n".join(lines))


@dataclass(slots=True)
class Document:
    """A plain document, the line on which each place begins, and what YAML itself got wrong."""

    path: Path
    root: object = None
    lines: dict[str, int] = field(default_factory=dict)
    problems: list[tuple[int, Problem]] = field(default_factory=list)

    def line_of(self, place: str) -> int:
        """The line of `place`, or of what it would be in."""
        while place and place not in self.lines:
            place = place[: max(place.rfind("."), place.rfind("["), 0)]
        return self.lines.get(place, 1)

    def report(self, found: Iterable[Problem]) -> list[str]:
        """A line for each problem that YAML had or that was `found` in the document, in the order of the file."""
        problems = [*self.problems, *((self.line_of(problem.place), problem) for problem in found)]
        return [f"{self.path}:{line}: {problem}" for line, problem in sorted(problems, key=lambda entry: entry[0])]


def read_yaml(path: Path) -> Document:
    """The document in the file at `path`. Raises FileError where there is none at all; see its `problems` otherwise."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise FileError([f"{path}:1: file: is larger than 8 MiB; a fleet of 10,000 targets takes one"])
        text = path.read_bytes().decode("utf-8-sig")
        node = yaml.compose(text, _Loader)
    except OSError as error:
        raise FileError([f"{path}:1: file: cannot be read ({error.strerror}); name a readable file"]) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise FileError([f"{path}:{line}: file: is not UTF-8; save it as UTF-8"]) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        wrong = " ".join(str(part) for part in (error.context, error.problem) if part)
        raise FileError([f"{path}:{line}: file: is no YAML ({wrong}); mend the line or the one above"]) from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise FileError([f"{path}:1: file: is no YAML ({error}); mend it"]) from error
    document = Document(path)
    if node is not None:
        document.root = _plain(document, node, "", {}, 0)
    return document


def _plain(document: Document, node: Any, place: str, seen: dict[int, str], depth: int) -> object:
    """The plain value of a node. A node met again is an alias; a few of them could unfold to gigabytes."""
    line = node.start_mark.line + 1
    document.lines.setdefault(place, line)
    if id(node) in seen or depth > MAX_DEPTH:
        wrong = "repeats another place by an alias" if id(node) in seen else f"is nested more than {MAX_DEPTH} deep"
        document.problems.append((line, Problem(place or "file", wrong, "write it out")))
        return None
    if isinstance(node, yaml.ScalarNode):
        return _scalar(document, node, place, line)
    seen[id(node)] = place
    if isinstance(node, yaml.SequenceNode):
        return [_plain(document, item, f"{place}[{index}]", seen, depth + 1) for index, item in enumerate(node.value)]
    values: dict[object, object] = {}
    for key_node, value_node in node.value:
        key = _scalar(document, key_node, place, line) if isinstance(key_node, yaml.ScalarNode) else None
        at = f"{place}.{key}" if place else str(key)
        if key is None or key in values:
            wrong = "a name is missing" if key is None else "is written twice"
            document.problems.append((key_node.start_mark.line + 1, Problem(at, wrong, "keep one name: value")))
            continue
        document.lines[at] = key_node.start_mark.line + 1
        values[key] = _plain(document, value_node, at, seen, depth + 1)
    return values


def _scalar(document: Document, node: yaml.ScalarNode, place: str, line: int) -> Any:
    kind = node.tag.rpartition(":")[2]
    text = node.value
    try:
        match kind:
            case "int":
                return int(text.replace("_", ""), 0)
            case "float":
                return Decimal(text.replace("_", ""))
            case "bool":
                return text.lower() in ("true", "yes", "on")
            case "null":
                return None
            case _:
                return text
    except (ValueError, ArithmeticError):
        document.problems.append((line, Problem(place, f"{text!r} is read as a number", f'write "{text}" in quotes')))
        return text

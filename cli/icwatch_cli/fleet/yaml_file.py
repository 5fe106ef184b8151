"""Reading a YAML file to a plain document, with the line of every place in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from yaml.reader import Reader as YamlReader

from icwatch.errors import Problem
from icwatch_cli.fleet.document import Document, FileError, Line
from icwatch_cli.fleet.full_width import lines_with
from icwatch_cli.fleet.yaml_events import Events

MAX_BYTES = 8 * 1024 * 1024
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_FIRST_SIGNS = {
    "\t": ("has a tab where only spaces may be", "write spaces"),
    "@": ("has a text that begins with @", "write it in quotes"),
    "`": ("has a text that begins with `", "write it in quotes"),
}


def read_yaml(path: Path) -> Document:
    """The document in the file at `path`. Raises FileError where there is none at all; see its `problems` otherwise."""
    text = _text(path)
    document = Document(path)
    loader = _Loader(text)
    try:
        Events(document, loader).read()
    except yaml.MarkedYAMLError as error:
        raise FileError(_full_width(path, text) or [_line(path, *_explained(error, text))]) from error
    except yaml.YAMLError as error:
        raise FileError([_line(path, 1, f"is no YAML ({' '.join(str(error).split())})", "correct it")]) from error
    finally:
        loader.dispose()
    if isinstance(document.root, str) and (lines := _full_width(path, text)):
        raise FileError(lines)
    return document


def _line(path: Path, number: int, wrong: str, right: str) -> Line:
    """What is wrong with the file as a whole."""
    return Line(path, number, Problem("file", wrong, right))


def _full_width(path: Path, text: str) -> list[Line]:
    """A line for each that is no YAML because of full-width punctuation."""
    return [_line(path, *found) for found in lines_with(text)]


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise FileError([_line(path, 1, f"cannot be read ({error.strerror})", "name a readable file")]) from error
    except UnicodeDecodeError as error:
        if len(content) <= MAX_BYTES:
            line = error.object[: error.start].count(b"\n") + 1
            raise FileError([_line(path, line, "is not UTF-8", "save it as UTF-8")]) from error
        text = ""
    if len(content) > MAX_BYTES:
        raise FileError([_line(path, 1, "is larger than 8 MiB", "a fleet of 10,000 targets takes one")])
    if odd := YamlReader.NON_PRINTABLE.search(text):
        line = text.count("\n", 0, odd.start()) + 1
        raise FileError([_line(path, line, f"holds the control character U+{ord(odd[0]):04X}", "remove it")])
    return text


def _explained(error: yaml.MarkedYAMLError, text: str) -> tuple[int, str, str]:
    """The line, what is wrong there, and what would be right: where people often err, in words of our own."""
    mark = error.problem_mark or error.context_mark
    if mark is None:
        return 1, f"is no YAML ({error.problem or error.context})", "correct it"
    if "cannot start any token" in str(error.problem):
        rest = text[mark.index : mark.index + 1]
        if rest in _FIRST_SIGNS:
            return mark.line + 1, *_FIRST_SIGNS[rest]
    begun = error.context_mark
    since = f" begun on line {begun.line + 1}" if error.context and begun and begun.line != mark.line else ""
    said = " ".join(str(part) for part in (f"{error.context or ''}{since}", error.problem) if part)
    return mark.line + 1, f"is no YAML ({said})", "correct the line or the one above"

"""Reading a YAML file to a plain document, with the line of every place in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from yaml.reader import Reader as YamlReader

from icwatch_cli.fleet.document import Document, FileError
from icwatch_cli.fleet.full_width import lines_with
from icwatch_cli.fleet.yaml_events import Events

MAX_BYTES = 8 * 1024 * 1024
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_FIRST_SIGNS = {
    "\t": "has a tab where only spaces may be; write spaces",
    "@": "has a text that begins with @; write it in quotes",
    "`": "has a text that begins with `; write it in quotes",
}


def read_yaml(path: Path) -> Document:
    """The document in the file at `path`. Raises FileError where there is none at all; see its `problems` otherwise."""
    text = _text(path)
    document = Document(path)
    loader = _Loader(text)
    try:
        Events(document, loader).read()
    except yaml.MarkedYAMLError as error:
        raise FileError(_full_width(path, text) or [f"{path}:{_explained(error, text)}"]) from error
    except yaml.YAMLError as error:
        raise FileError([f"{path}:1: file: is no YAML ({' '.join(str(error).split())}); correct it"]) from error
    finally:
        loader.dispose()
    if isinstance(document.root, str) and (lines := _full_width(path, text)):
        raise FileError(lines)
    return document


def _full_width(path: Path, text: str) -> list[str]:
    """A line for each that is no YAML because of full-width punctuation."""
    return [f"{path}:{line}: file: {wrong}; {right}" for line, wrong, right in lines_with(text)]


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise FileError([f"{path}:1: file: cannot be read ({error.strerror}); name a readable file"]) from error
    except UnicodeDecodeError as error:
        if len(content) <= MAX_BYTES:
            line = error.object[: error.start].count(b"\n") + 1
            raise FileError([f"{path}:{line}: file: is not UTF-8; save it as UTF-8"]) from error
        text = ""
    if len(content) > MAX_BYTES:
        raise FileError([f"{path}:1: file: is larger than 8 MiB; a fleet of 10,000 targets takes one"])
    if odd := YamlReader.NON_PRINTABLE.search(text):
        line = text.count("\n", 0, odd.start()) + 1
        raise FileError([f"{path}:{line}: file: holds the control character U+{ord(odd[0]):04X}; remove it"])
    return text


def _explained(error: yaml.MarkedYAMLError, text: str) -> str:
    """The line and what is wrong there: where people often err, in words of our own."""
    mark = error.problem_mark or error.context_mark
    if mark is None:
        return f"1: file: is no YAML ({error.problem or error.context}); correct it"
    if "cannot start any token" in str(error.problem):
        rest = text[mark.index : mark.index + 1]
        if rest in _FIRST_SIGNS:
            return f"{mark.line + 1}: file: {_FIRST_SIGNS[rest]}"
    begun = error.context_mark
    since = f" begun on line {begun.line + 1}" if error.context and begun and begun.line != mark.line else ""
    said = " ".join(str(part) for part in (f"{error.context or ''}{since}", error.problem) if part)
    return f"{mark.line + 1}: file: is no YAML ({said}); correct the line or the one above"

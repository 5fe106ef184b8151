"""Imports go down only, and what is pure stays pure."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CORE = ROOT / "layers" / "core" / "python" / "icwatch"

ADAPTERS = {
    "transport",
    "connection",
    "channel",
    "lookup",
    "probe",
    "sweep",
    "store",
    "publish",
    "deadletters",
    "receipts",
    "delivery",
    "settings",
    "stream",
    "backlog",
}
"""The modules of the core that may know the network, the tables or the environment."""

IMPURE = {"boto3", "botocore", "httpx", "aws_lambda_powertools", "os", "time", "random", "socket", "asyncio", "yaml"}
"""What a pure module must not import. `datetime` is allowed for writing moments down; its clock is not, see below."""


def modules(folder: Path) -> list[Path]:
    """All Python files below a folder."""
    return sorted(folder.rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    """The full names of what a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def part_of(path: Path) -> str:
    """The module or folder directly below the core that a file belongs to."""
    return path.relative_to(CORE).parts[0].removesuffix(".py")


PURE = [path for path in modules(CORE) if part_of(path) not in ADAPTERS]


def test_there_is_something_to_look_at() -> None:
    assert len(PURE) > 10
    assert {part_of(path) for path in modules(CORE)} >= ADAPTERS


@pytest.mark.parametrize("path", PURE, ids=lambda path: str(path.relative_to(CORE)))
def test_pure_modules_know_no_outside_world(path: Path) -> None:
    found = set(imports(path))
    assert {name.partition(".")[0] for name in found} & IMPURE == set()
    assert {name.split(".")[1] for name in found if name.startswith("icwatch.")} & ADAPTERS == set()
    text = path.read_text(encoding="utf-8")
    assert ".now(" not in text
    assert ".today(" not in text


@pytest.mark.parametrize("path", modules(CORE), ids=lambda path: str(path.relative_to(CORE)))
def test_the_core_knows_nobody_above_it(path: Path) -> None:
    assert {name.partition(".")[0] for name in imports(path)} & {"cli", "local", "functions", "tests", "app"} == set()


@pytest.mark.parametrize("path", modules(ROOT / "functions"), ids=lambda path: path.parent.name)
def test_a_handler_imports_the_core_and_the_three_packages_only(path: Path) -> None:
    roots = {name.partition(".")[0] for name in imports(path)}
    assert roots & {"cli", "local", "tests", "rich", "yaml", "httpx"} == set()


@pytest.mark.parametrize("path", modules(ROOT / "local"), ids=lambda path: path.name)
def test_the_local_cloud_does_not_know_the_command_line(path: Path) -> None:
    assert {name.partition(".")[0] for name in imports(path)} & {"cli", "tests", "functions"} == set()


def test_model_and_errors_are_the_ground() -> None:
    assert {name for name in imports(CORE / "errors.py") if name.startswith("icwatch")} == set()
    for path in modules(CORE / "model"):
        found = {name for name in imports(path) if name.startswith("icwatch")}
        assert all(name.startswith("icwatch.model") for name in found), f"{path.name} imports {found}"


def reached(path: Path) -> set[str]:
    """The modules of the core that a file loads, directly or not."""
    found: set[str] = set()
    waiting = [path]
    while waiting:
        for name in imports(waiting.pop()):
            place = CORE.parent.joinpath(*name.split("."))
            for each in (place.with_suffix(".py"), place / "__init__.py"):
                if name.startswith("icwatch") and name not in found and each.exists():
                    found.add(name)
                    waiting.append(each)
    return found


@pytest.mark.parametrize("path", modules(ROOT / "functions"), ids=lambda path: path.parent.name)
def test_a_function_loads_no_parser(path: Path) -> None:
    """What a fleet file means is worked out where it is checked and applied; a function starts without all that."""
    found = reached(path)
    assert "icwatch.model" in found
    assert not {name for name in found if name.startswith("icwatch_cli.fleet")}

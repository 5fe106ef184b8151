"""What import-linter (`pyproject.toml`, run by `make check`) does not say: what is pure, and what the layer holds."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parents[1]
LAYER = ROOT / "layers" / "core" / "python"
CORE = LAYER / "icwatch"
CLI = ROOT / "cli"

IMPURE = {"boto3", "botocore", "httpx", "aws_lambda_powertools", "os", "time", "random", "socket", "asyncio", "yaml"}
"""What a pure module must not import. `datetime` is allowed for writing times; its clock is not, see below."""

ADAPTERS = (
    "storage",
    "probing",
    "delivery",
    "settings.py",
    "tracing.py",
    "init.py",
    "evaluation/batch.py",
    "evaluation/hours.py",
)
"""The rooms that talk to the network, the tables or the environment. All others of the layer are pure."""


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


def is_adapter(path: Path) -> bool:
    """Whether a file of the layer may know the outside world."""
    return path.relative_to(CORE).as_posix().startswith(ADAPTERS)


PURE = [path for path in modules(CORE) if not is_adapter(path)]


def test_there_is_something_to_look_at() -> None:
    assert len(PURE) > 40
    assert all((CORE / adapter).exists() for adapter in ADAPTERS)


@pytest.mark.parametrize("path", PURE, ids=lambda path: str(path.relative_to(CORE)))
def test_a_pure_module_knows_no_outside_world(path: Path) -> None:
    assert {name.partition(".")[0] for name in imports(path)} & IMPURE == set()
    text = path.read_text(encoding="utf-8")
    assert ".now(" not in text
    assert ".today(" not in text


def test_the_layer_holds_exactly_what_the_handlers_load() -> None:
    handlers = ", ".join(f"functions.{name}.app" for name in ("prober", "evaluator", "notifier", "messenger"))
    code = f"import sys, {handlers}; print(*sys.modules)"
    environment = {"PYTHONPATH": f"{ROOT}:{LAYER}", "AWS_DEFAULT_REGION": "us-east-1", "POWERTOOLS_TRACE_DISABLED": "1"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    held = {".".join(path.relative_to(LAYER).with_suffix("").parts).removesuffix(".__init__") for path in modules(CORE)}
    assert {name for name in done.stdout.split() if name.partition(".")[0] == "icwatch"} == held


def test_the_layer_of_the_page_holds_exactly_what_its_handler_loads() -> None:
    code = "import sys, functions.page.app; print(*sys.modules)"
    environment = {"PYTHONPATH": f"{ROOT}:{LAYER}:{CLI}", "AWS_DEFAULT_REGION": "us-east-1"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    makefile = (ROOT / "layers" / "page" / "Makefile").read_text(encoding="utf-8").replace("\\\n", "")
    (parts,) = re.findall(r"^PARTS := (.*)$", makefile, re.MULTILINE)
    taken = [CLI / "icwatch_cli" / part for part in parts.split()]
    paths = [path for part in taken for path in (modules(part) if part.is_dir() else [part])]
    held = {".".join(path.relative_to(CLI).with_suffix("").parts).removesuffix(".__init__") for path in paths}
    loaded = {name for name in done.stdout.split() if name.partition(".")[0] == "icwatch_cli"}
    assert loaded <= held
    assert {name for name in held - loaded if not name.startswith("icwatch_cli.page.")} == set(), (
        "a room is taken whole"
    )
    assert {"rich", "yaml", "promql_parser"} & {name.partition(".")[0] for name in done.stdout.split()} == set()


def test_the_wheel_has_what_a_run_needs_beside_the_packages(tmp_path: Path) -> None:
    (wheel,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    with zipfile.ZipFile(wheel) as files:
        shared = {name.partition("/data/share/icwatch/")[2] for name in files.namelist() if "/data/share/" in name}
    handlers = {str(path.relative_to(ROOT)) for path in ROOT.glob("functions/*/app.py")}
    assert {name for name in shared if name.endswith("app.py")} == handlers
    assert shared >= {"template.yaml", "examples/fleet.yaml", "icwatch.service", "cli.txt", "cloud.txt"}


def test_an_installed_icwatch_brings_two_packages_and_no_other_name() -> None:
    files = [*WheelBuilder(str(ROOT)).recurse_included_files()]
    assert {file.distribution_path.split("/")[0] for file in files} == {"icwatch", "icwatch_cli"}
    found = {file.distribution_path for file in files if file.distribution_path.endswith(".py")}
    sources = [*modules(CORE), *modules(ROOT / "cli" / "icwatch_cli")]
    assert found == {str(path.relative_to(LAYER if path.is_relative_to(LAYER) else ROOT / "cli")) for path in sources}

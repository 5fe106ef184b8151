"""The layers as `sam build` makes them: what they hold, for which runtime and processors, and always the same bytes."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from icwatch_cli.local import python313
from tests.template.deployment import ROOT

NATIVE = {"_re2.cpython-313-aarch64-linux-gnu.so": 183, "_re2.cpython-313-x86_64-linux-gnu.so": 62}
"""The native modules of the layer, each with the number that ELF gives its processor."""


def test_the_layer_of_dependencies_is_small_and_serves_every_processor(built: Path) -> None:
    packages = built / "DependenciesLayer" / "python"
    names = {path.name for path in packages.iterdir()}
    assert {"httpx", "aws_lambda_powertools", "aws_xray_sdk"} <= names
    assert not {"boto3", "botocore", "s3transfer", "icwatch", "bin"} & names
    assert {path.name for path in packages.rglob("*.so")} == set(NATIVE)
    assert sum(path.stat().st_size for path in packages.rglob("*") if path.is_file()) < 15_000_000


@pytest.mark.parametrize("layer", ["CoreLayer", "DependenciesLayer", "PageLayer"])
def test_a_layer_is_compiled_for_the_runtime_and_for_nothing_else(built: Path, layer: str) -> None:
    packages = built / layer / "python"
    compiled = {path.relative_to(packages) for path in packages.rglob("*.pyc")}
    sources = {path.relative_to(packages) for path in packages.rglob("*.py")}
    assert compiled == {path.parent / "__pycache__" / f"{path.stem}.cpython-313.pyc" for path in sources}
    heads = {(packages / path).read_bytes()[4:8] for path in compiled}
    assert heads == {b"\x01\0\0\0"}, "by hash, and the hash is not checked"
    for path in sources:
        bytecode = packages / path.parent / "__pycache__" / f"{path.stem}.cpython-313.pyc"
        assert f"/opt/python/{path}".encode() in bytecode.read_bytes()


def test_the_core_layer_is_the_package_and_nothing_that_lies_beside_it(built: Path) -> None:
    source = ROOT / "layers" / "core" / "python"
    wanted = {path.relative_to(source) for path in source.rglob("*") if path.suffix in (".py", ".typed")}
    layer = built / "CoreLayer" / "python"
    found = {path.relative_to(layer) for path in layer.rglob("*") if path.is_file() and path.suffix != ".pyc"}
    assert found == wanted
    assert [path.name for path in (built / "CoreLayer").iterdir()] == ["python"]


def test_a_layer_is_the_same_bytes_wherever_and_whenever_it_is_built(tmp_path: Path) -> None:
    """From copies of the source that hold what a checkout may: stale bytecode, an editor's files, and any times."""
    python = python313.find()
    if python is None:
        pytest.skip(python313.MISSING)
    digests: list[dict[str, str]] = []
    for name in ("one", "another/deeper"):
        copy, artifacts = tmp_path / name / "source", tmp_path / name / "artifacts"
        shutil.copytree(ROOT / "layers" / "core", copy)
        package = copy / "python" / "icwatch"
        (package / "__pycache__").mkdir(exist_ok=True)
        (package / "__pycache__" / f"errors.cpython-{len(digests)}.pyc").write_bytes(b"stale")
        (package / f".errors.py.swp{len(digests)}").write_bytes(b"an editor's")
        os.utime(package / "errors.py", (1_000_000 * len(digests), 1_000_000 * len(digests)))
        make_layer(python, copy, artifacts)
        digests.append(digest(artifacts))
    assert digests[0] == digests[1]


def make_layer(python: Path, source: Path, artifacts: Path) -> None:
    """What `sam build` does with the core layer."""
    variables = {"PATH": f"{python}{os.pathsep}{os.environ['PATH']}", "ARTIFACTS_DIR": str(artifacts)}
    subprocess.run(["make", "-s", "-C", source, "build-CoreLayer"], env=variables, check=True, timeout=60)


def digest(folder: Path) -> dict[str, str]:
    """The digest of each file below a folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_handlers_load_from_the_built_layers(built: Path) -> None:
    """As in Lambda: nothing of the checkout is on the path, and boto3 is the runtime's."""
    python = python313.find()
    assert python is not None
    stand_in = built.parent / "boto"
    stand_in.mkdir()
    for name in ("boto3", "botocore"):
        (stand_in / f"{name}.py").touch()
    layers = [built / "CoreLayer" / "python", built / "DependenciesLayer" / "python"]
    modules = "icwatch.notices, icwatch.evaluation.evaluate, icwatch.probing.sweep"
    code = f"import {modules}; print(icwatch.__file__, icwatch.__cached__)"
    done = subprocess.run(
        [python / "python3.13", "-Bc", code],
        env={"PYTHONPATH": os.pathsep.join(map(str, [*layers, stand_in]))},
        cwd="/",
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    package = layers[0] / "icwatch"
    cached = package / "__pycache__" / "__init__.cpython-313.pyc"
    assert done.stdout.split() == [str(package / "__init__.py"), str(cached)], done.stderr


@pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in ("x86_64", "aarch64"), reason="the layer is for Linux"
)
def test_pages_are_made_from_the_built_layers(built: Path) -> None:
    """By what the layer of the page holds: its templates, and an engine whose native module is this processor's."""
    python = python313.find()
    assert python is not None
    layers = [str(built / f"{name}Layer" / "python") for name in ("Core", "Dependencies", "Page")]
    code = (
        f"import sys; sys.path[:0] = {layers!r}; import markupsafe._speedups, icwatch_cli.page as page;"
        "from icwatch_cli.page.render import _environment, policy;"
        "print(page.__file__, len(_environment().list_templates()) > 5, 'default-src' in policy())"
    )
    done = subprocess.run(
        [python / "python3.13", "-IBc", code], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.stdout.split() == [f"{layers[2]}/icwatch_cli/page/__init__.py", "True", "True"], done.stderr


@pytest.mark.parametrize("name", NATIVE)
def test_a_native_module_is_for_the_processor_that_its_name_says(built: Path, name: str) -> None:
    head = (built / "DependenciesLayer" / "python" / "re2" / name).read_bytes()[:20]
    assert head[:4] == b"\x7fELF"
    assert int.from_bytes(head[18:], "little") == NATIVE[name]


@pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in ("x86_64", "aarch64"), reason="the layer is for Linux"
)
def test_the_runtime_finds_its_own_native_module_in_the_layer(built: Path) -> None:
    python = python313.find()
    assert python is not None
    packages = built / "DependenciesLayer" / "python"
    code = "import re2; print(re2.__file__, bool(re2.search('up[0-9]+', 'is up1')))"
    done = subprocess.run(
        [python / "python3.13", "-IBc", f"import sys; sys.path.insert(0, {str(packages)!r}); {code}"],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.stdout.split() == [str(packages / "re2" / "__init__.py"), "True"], done.stderr

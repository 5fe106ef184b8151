"""The functions and layers as `sam build` makes them, with what Lambda's runtime has beside them."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from icwatch_cli.local import python313
from scripts.bench.processes import ROOT, BenchError

LAYERS: Mapping[str, str] = {"core": "CoreLayer", "dependencies": "DependenciesLayer", "page": "PageLayer"}
FUNCTIONS = ("prober", "evaluator", "notifier", "messenger", "page")

RUNTIME = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3")
"""What Lambda's runtime has beside the layers, with its bytecode."""


def python() -> Path | None:
    """A Python 3.13, as Lambda has it; None where there is none."""
    folder = python313.find()
    return None if folder is None else folder / "python3.13"


def build(folder: Path, interpreter: Path) -> None:
    """Build the layers by their own Makefiles, without a network, and copy the functions. Raises BenchError."""
    environment = {**os.environ, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(Path(sys.prefix, "wheels"))}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    for layer, name in LAYERS.items():
        (folder / name).mkdir(parents=True)
        options = (f"build-{name}", f"ARTIFACTS_DIR={folder / name}", f"INTERPRETER={interpreter}")
        command = ["make", "--silent", "-C", str(ROOT / "layers" / layer), *options]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise BenchError(f"the layer {layer} cannot be built: {done.stderr[-1000:]}")
    for name in FUNCTIONS:
        shutil.copytree(ROOT / "functions" / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    _copy_runtime(folder / "runtime", interpreter)


def _copy_runtime(folder: Path, interpreter: Path) -> None:
    folder.mkdir()
    for name in RUNTIME:
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            raise BenchError(f"{name} is not installed")
        found = Path(spec.origin)
        if found.name == "__init__.py":
            shutil.copytree(found.parent, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(found, folder)
    command = [str(interpreter), "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", str(folder)]
    subprocess.run(command, check=True)  # noqa: S603


def path_of(folder: Path, function: str) -> str:
    """What the runtime has as PYTHONPATH for a function."""
    layers = [folder / name / "python" for name in LAYERS.values() if name != "PageLayer" or function == "page"]
    return os.pathsep.join(map(str, [folder / function, *layers, folder / "runtime"]))

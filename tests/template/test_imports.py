"""What each function loads as it is built, so that a heavy import does not creep into a cold start unseen."""

from __future__ import annotations

import importlib.util
import os
import subprocess
from pathlib import Path

import pytest

from icwatch_cli.local import python313
from tests.template.resolved import ROOT

RUNTIME = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3")
"""What Lambda's runtime has beside the layers."""

LOADED = Path(__file__).with_name("loaded.txt")
"""A line a function: its name, and the modules and packages that its handler loads, by their first names."""

CODE = """
import sys
before = {*sys.modules}
import app
names = {name.partition(".")[0] for name in {*sys.modules} - before}
print(*sorted(name for name in names if not name.startswith("_") and name != "app"))
"""

LISTED = dict(line.split(": ", 1) for line in LOADED.read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize("function", sorted(path.name for path in (ROOT / "functions").iterdir() if path.is_dir()))
def test_a_function_loads_what_is_listed(built: Path, tmp_path: Path, function: str) -> None:
    python = python313.find()
    assert python is not None
    for name in RUNTIME:
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        found = Path(spec.origin)
        target = found if found.name == f"{name}.py" else found.parent
        (tmp_path / target.name).symlink_to(target)
    layers = [
        built / f"{layer}Layer" / "python" for layer in ("Core", "Dependencies", *(["Page"] * (function == "page")))
    ]
    done = subprocess.run(
        [python / "python3.13", "-Bc", CODE],
        env={
            "PYTHONPATH": os.pathsep.join(map(str, [ROOT / "functions" / function, *layers, tmp_path])),
            "POWERTOOLS_TRACE_DISABLED": "true",
            "AWS_LAMBDA_FUNCTION_NAME": function,
        },
        cwd="/",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    more, less = (
        {*done.stdout.split()} - {*LISTED[function].split()},
        {*LISTED[function].split()} - {*done.stdout.split()},
    )
    assert not more, f"{function} loads {sorted(more)}, too: load it where it is needed, or add it to {LOADED.name}"
    assert not less, f"{function} does not load {sorted(less)} any more: take it out of {LOADED.name}"

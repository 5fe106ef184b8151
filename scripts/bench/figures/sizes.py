"""How large what is deployed is, and what is stored of a fleet."""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from icwatch_cli.cost.item_sizes import item_bytes, write_units
from icwatch_cli.cost.measure import sizes_of
from icwatch_cli.local import python313
from scripts.bench.bench import Bench
from scripts.bench.figures import built
from scripts.bench.figures.cost import inventory_of
from scripts.bench.figures.cycles import AT, cycle, fleet_of
from scripts.bench.rows import OURS, Measured, Row

TARGETS = 200
KB, MB = 1024, 1_000_000


def measure(bench: Bench) -> Measured:
    """Artefacts, then items."""
    measured = Measured()
    interpreter = built.python()
    if interpreter is None:
        measured.missing.append(python313.MISSING)
    else:
        bench.say("building the layers and functions")
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name, "built")
            built.build(folder, interpreter)
            measured.rows += _artefacts(folder)
    measured.rows += _items()
    return measured


def _artefacts(folder: Path) -> Iterator[Row]:
    for name in (*built.LAYERS.values(), *built.FUNCTIONS):
        files = [path for path in (folder / name).rglob("*") if path.is_file()]
        yield Row(name, OURS, 0, "unpacked", "MB", (sum(path.stat().st_size for path in files) / MB,))
        packed = folder / f"{name}.zip"
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in files:
                archive.write(path, path.relative_to(folder / name))
        yield Row(name, OURS, 0, "zipped", "MB", (os.path.getsize(packed) / MB,))


def _items() -> Iterator[Row]:
    """Of a shard of 200 targets: what a sweep of it takes in the table, healthy and down."""
    inventory = fleet_of(TARGETS)
    names = [*inventory.targets]
    for subject, bad in (("healthy", []), ("5 % bad", names[::20]), ("all bad", names)):
        (item,) = cycle(inventory, AT, {*bad})
        yield Row(subject, OURS, TARGETS, "sweep", "KB", (item_bytes(item) / KB,))
    sizes = sizes_of(inventory_of(TARGETS))
    yield Row("healthy", OURS, TARGETS, "write units", "", (float(sum(map(write_units, sizes.sweeps))),))

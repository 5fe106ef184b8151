"""Where icwatch's own files are: in the checkout, or where its wheel has put them."""

from __future__ import annotations

import sys
from pathlib import Path

CHECKOUT = Path(__file__).parents[3]

IN_CHECKOUT = (CHECKOUT / "template.yaml").is_file()

ROOT = CHECKOUT if IN_CHECKOUT else Path(sys.prefix, "share", "icwatch")
"""Where the template and the functions are."""

CLOUD = Path(sys.prefix, "cloud")
"""The environment of the backend, which needs packages of its own."""

HOW_TO_INSTALL_CLOUD = (
    "make run"
    if IN_CHECKOUT
    else f"python3 -m venv {CLOUD} && {CLOUD}/bin/pip install --require-hashes --no-deps -r {ROOT}/cloud.txt"
)

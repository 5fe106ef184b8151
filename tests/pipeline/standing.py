"""What stands in a local cloud, read as `icwatch run` reads it for its view."""

from __future__ import annotations

import os
from unittest import mock

from icwatch.model import Inventory
from icwatch_cli.deployed.stack import Stack
from icwatch_cli.local.backend import private_environment
from icwatch_cli.local.cloud import LocalCloud
from icwatch_cli.local.stack import STACK
from icwatch_cli.page.overview import Overview, overview_of
from icwatch_cli.serving.reader import StackReader


def what_stands(cloud: LocalCloud) -> tuple[Inventory, Overview]:
    """What is watched now, and what stands of it."""
    with mock.patch.dict(os.environ, {**private_environment(), "AWS_ENDPOINT_URL": cloud.endpoint}):
        reader = StackReader(Stack(STACK, local=True))
        reader.refresh()
    return reader.data.inventory, overview_of(reader.data)

"""A short run of the handlers with tracing on, in a process of its own: what X-Ray patches stays patched.

`python -m tests.security.traced_run`, with the environment that `test_traces.py` gives it. Prints how many messages the
robot took.
"""

from __future__ import annotations

import os
import time
import warnings

from icwatch_cli.fleet.inventory_writer import InventoryWriter
from icwatch_cli.fleet.plan import make_plan
from icwatch_cli.local.backend import private_environment
from icwatch_cli.local.stack import client, create
from icwatch_cli.local.translation import translate
from tests.conftest import running_backend
from tests.security.run import HEARTBEAT_TOKEN, ROBOTS, Run, fleet_of, keep_secrets, tick
from tests.servers import OK, Servers, answer
from tests.vendors import Vendors

PARAMETERS = {"Robots": "true", "HeartbeatUrl": "ssm:/icwatch/heartbeat"}


def main() -> None:
    """An outage, from the tick to the robot, and the heartbeat."""
    warnings.simplefilter("ignore")
    with running_backend() as backend, Servers() as servers, Vendors(**ROBOTS) as vendors:
        os.environ.update({**private_environment(), "AWS_ENDPOINT_URL": backend.endpoint})
        run = Run(create(backend.endpoint, translate(), PARAMETERS), backend.endpoint)
        os.environ["POWERTOOLS_TRACE_DISABLED"] = run.more["POWERTOOLS_TRACE_DISABLED"] = "false"
        keep_secrets(run, vendors, f"http://127.0.0.1:{servers.serve(answer(OK))}/{HEARTBEAT_TOKEN}")
        inventory = InventoryWriter(client("dynamodb", run.endpoint), run.stack.outputs["InventoryTable"])
        inventory.apply(make_plan(inventory.load(), fleet_of(f"127.0.0.1:{servers.refuse()}")))
        now = int(time.time())
        tick(run, now)
        run.invoke("notifier", run.records("TransitionsTable", now))
        run.invoke("messenger", run.take(run.stack.outputs["RobotQueueUrl"]))
    print(len(ROBOTS["duty"].messages))


if __name__ == "__main__":
    main()

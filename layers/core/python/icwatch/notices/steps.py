"""Where OCP's procedure starts, by what a failed probe saw. The texts of causes and steps are in `locales/`.

Source: OCP's documentation of ic_server_connect_failed (处理方法).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from icwatch.model import Cause


class Step(StrEnum):
    """The steps of the procedure, in OCP's order."""

    HOST = "host"
    PROCESS = "process"
    LOG = "log"
    NETWORK = "network"
    SUPPORT = "support"


STEPS: Mapping[Cause, Step] = {
    Cause.CONNECTION_REFUSED: Step.PROCESS,
    Cause.HTTP_STATUS: Step.LOG,
    Cause.RESET: Step.LOG,
    Cause.BAD_RESPONSE: Step.LOG,
    Cause.READ_TIMEOUT: Step.LOG,
    Cause.TLS: Step.LOG,
    Cause.CONNECT_TIMEOUT: Step.HOST,
    Cause.HOST_UNREACHABLE: Step.HOST,
    Cause.NO_ROUTE: Step.NETWORK,
    Cause.DNS: Step.NETWORK,
}
"""Where to start, by what the probe saw."""


def procedure(first: Step) -> tuple[Step, ...]:
    """All steps, from the one to start at; the others follow in OCP's order."""
    return (first, *(step for step in Step if step is not first))

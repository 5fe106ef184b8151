"""The closed sets of terms, and what a value is."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

Number = int | Decimal
"""A sample's value. No floats: DynamoDB stores none."""

DEFAULT_PORT = 8088
"""Where an IC-Server listens (OCP documentation of ic_server_connect_failed)."""

HEALTH = "ic_server_health"
"""The metric of the built-in rule: 1 where the health interface answered as expected, 0 where it did not."""

PROBE_SECONDS = "ic_server_probe_seconds"
"""How long a complete answer of the health interface took. A target that gave none has no such sample."""

TLS_DAYS_LEFT = "ic_server_tls_days_left"
"""Days until the certificate of an https target expires, with two digits after the point."""

TARGET = "target"
"""The label that every series has: which target it is of."""

OCP_ADDRESS = "ocp_address"
"""The label that says which OCP node is concerned: one end of the path, and not the other. OCP's texts name it."""

SCOPES = ("Service", "Host", "Cluster", "Tenant")
"""What a rule's alarms can be of, in OCP's words: 服务, 服务器, 集群, 租户."""

MERGE_ABOVE = 5
"""Transitions of one sweep, rule and kind that are still announced one by one, unless the fleet says otherwise."""


class Phase(StrEnum):
    """The state of an alarm. INACTIVE is not a phase that is stored: an inactive alarm is no alarm."""

    PENDING = "pending"
    ACTIVE = "active"
    CLEARING = "clearing"


class Kind(StrEnum):
    """What was decided about an alarm."""

    RAISED = "raised"
    REPEATED = "repeated"
    ESCALATED = "escalated"
    EASED = "eased"
    UNATTENDED = "unattended"
    CLEARED = "cleared"
    CLOSED = "closed"


ENDS = frozenset({Kind.CLEARED, Kind.CLOSED})
"""The kinds that say a problem is over."""


class Level(StrEnum):
    """OCP's levels by their API names, worst first."""

    DOWN = "Down"
    CRITICAL = "Critical"
    ALERT = "Alert"
    CAUTION = "Caution"
    INFO = "Info"

    @property
    def rank(self) -> int:
        """Its place: 0 is the worst."""
        return _RANKS[self]


_RANKS = {level: rank for rank, level in enumerate(Level)}


class Language(StrEnum):
    """The languages a notice can be written in."""

    ZH_CN = "zh-CN"
    EN_US = "en-US"
    ZH_TW = "zh-TW"


class HttpsForm(StrEnum):
    """What subscriptions by https are sent: the JSON of all programs, or cards for AWS's chat applications."""

    JSON = "json"
    CHATBOT = "chatbot"


class Cause(StrEnum):
    """Why a probe failed; where to start by each is in `notices/steps.py`."""

    DNS = "dns"
    NO_ROUTE = "no_route"
    HOST_UNREACHABLE = "host_unreachable"
    CONNECT_TIMEOUT = "connect_timeout"
    CONNECTION_REFUSED = "connection_refused"
    TLS = "tls"
    READ_TIMEOUT = "read_timeout"
    RESET = "reset"
    BAD_RESPONSE = "bad_response"
    HTTP_STATUS = "http_status"


PATH_CAUSES = frozenset({Cause.CONNECT_TIMEOUT, Cause.HOST_UNREACHABLE, Cause.NO_ROUTE, Cause.DNS})
"""What the network on the way to a host explains as well as the host does."""

"""The terms of the product as types. Times are whole seconds; points in time are Unix time.

See `docs/semantics.md` for what the terms mean. Everything here is frozen: a decision returns new values.
"""

from icwatch.model.alarms import MAX_RECENT_NOTICES, Alarm, Breach, RecentNotice, ShardAlarms, UnreadableAlarm
from icwatch.model.decisions import Decision, Share, Transition
from icwatch.model.inventory import Fleet, Inventory, collects
from icwatch.model.monitoring import UNREADABLE, UNSEEN, MonitoringProblem, MonitoringReport
from icwatch.model.robots import Hours, Robot, RobotKind
from icwatch.model.rules import (
    COMPARATORS,
    Bound,
    Breaches,
    Inhibition,
    Instruction,
    Matcher,
    Override,
    Rule,
    Selection,
)
from icwatch.model.silences import Acknowledgement, Daily, Silence, Weekly
from icwatch.model.sweeps import Failure, Sweep
from icwatch.model.targets import ProbeSpec, Target
from icwatch.model.terms import (
    DEFAULT_PORT,
    ENDS,
    HEALTH,
    MERGE_ABOVE,
    OCP_ADDRESS,
    PATH_CAUSES,
    PROBE_SECONDS,
    SCOPES,
    TARGET,
    TLS_DAYS_LEFT,
    Cause,
    HttpsForm,
    Kind,
    Language,
    Level,
    Number,
    Phase,
)

__all__ = [
    "COMPARATORS",
    "DEFAULT_PORT",
    "ENDS",
    "HEALTH",
    "MAX_RECENT_NOTICES",
    "MERGE_ABOVE",
    "OCP_ADDRESS",
    "PATH_CAUSES",
    "PROBE_SECONDS",
    "SCOPES",
    "TARGET",
    "TLS_DAYS_LEFT",
    "UNREADABLE",
    "UNSEEN",
    "Acknowledgement",
    "Alarm",
    "Bound",
    "Breach",
    "Breaches",
    "Cause",
    "Daily",
    "Decision",
    "Failure",
    "Fleet",
    "Hours",
    "HttpsForm",
    "Inhibition",
    "Instruction",
    "Inventory",
    "Kind",
    "Language",
    "Level",
    "Matcher",
    "MonitoringProblem",
    "MonitoringReport",
    "Number",
    "Override",
    "Phase",
    "ProbeSpec",
    "RecentNotice",
    "Robot",
    "RobotKind",
    "Rule",
    "Selection",
    "ShardAlarms",
    "Share",
    "Silence",
    "Sweep",
    "Target",
    "Transition",
    "UnreadableAlarm",
    "Weekly",
    "collects",
]

"""The built-in rule, in the form in which a fleet file writes its rules, as each version of OCP documents it.

Source: OCP's documentation of ic_server_connect_failed (metric, expression, threshold, duration, alarm cycle, clear
cycle, level, scope and templates), V3.3.0 to V4.3. `resend_interval` is left out: it follows the cycle.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from icwatch.model import OCP_ADDRESS, Target
from icwatch_cli.fleet.cursor import Cursor
from icwatch_cli.fleet.quoting import described

NAME = "ic_server_connect_failed"

DEFAULT_VERSION = "3.3"
VERSIONS = (DEFAULT_VERSION, "4.0", "4.2", "4.3")
"""The versions of OCP in which the rule differs; those between them have it as the one before."""

RULE: Mapping[str, object] = {
    "name": NAME,
    "expression": "min(ic_server_health{@LABELS}) by (@GBLABELS)",
    "comparator": "==",
    "threshold": 0,
    "duration": "0s",
    "cycle": "60s",
    "clear_cycle": "5m",
    "level": "Critical",
    "scope": "Host",
    "display_name": {
        "zh-CN": "Inter-Connector 服务端连接失败",
        "en-US": "Inter-Connector server connection failed",
        "zh-TW": "Inter-Connector 服務端連接失敗",
    },
    "summary": "${alarm_target} ${alarm_name}",
    "description": "${alarm_target} ${alarm_name}",
}
"""As in V3.3."""

BOTH_ENDS = {
    "zh-CN": "OCP 节点 ${ocp_address} 无法连接 IC-Server ${ic_server_address}",
    "en-US": "The OCP node ${ocp_address} cannot connect to the IC-Server ${ic_server_address}",
    "zh-TW": "OCP 節點 ${ocp_address} 無法連接 IC-Server ${ic_server_address}",
}
"""The summary and the description from V4.0 on."""

ONE_END = {
    "zh-CN": "OCP 无法连接 IC-Server ${ic_server_address}",
    "en-US": "OCP cannot connect to the IC-Server ${ic_server_address}",
    "zh-TW": "OCP 無法連接 IC-Server ${ic_server_address}",
}
"""The same where some alarm would not know its OCP node."""

RECOVERY = {
    "zh-CN": "告警：${alarm_name}，Inter Connector Server 是否健康（可正常访问）：${recover_value}",
    "en-US": "Alert: ${alarm_name}, Is the Inter Connector Server healthy (can be normally accessed): ${recover_value}",
    "zh-TW": "告警：${alarm_name}，Inter Connector Server 是否健康（可正常存取）：${recover_value}",
}
"""From V4.3 on."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A version of OCP, and whether every target's labels say which OCP node it is reached from, as its texts do."""

    version: str = DEFAULT_VERSION
    knows_nodes: bool = False

    def rule(self, given: Collection[str]) -> Mapping[str, object]:
        """The rule, over which a fleet file lays the fields `given`. A group may share no node."""
        since = VERSIONS.index(self.version)
        changes: dict[str, object] = {}
        if since >= VERSIONS.index("4.0"):
            by_target = "group_by" not in given and "expression" not in given
            text = BOTH_ENDS if self.knows_nodes and by_target else ONE_END
            changes |= {"summary": text, "description": text}
        if since >= VERSIONS.index("4.2"):
            changes["cycle"] = "15s"
        if since >= VERSIONS.index("4.3"):
            changes["recovery"] = RECOVERY
        return {**RULE, **changes}


def read_profile(at: Cursor, targets: Iterable[Target]) -> Profile:
    """The version of OCP that the built-in rule is to be as in; the default where it is none."""
    version = DEFAULT_VERSION
    if isinstance(at.value, int | float | Decimal):  # 4.0 without quotes: another file may say 4, which is no version
        written = str(at.value)
        right = f'"{written}"' if written in VERSIONS else " or ".join(f'"{each}"' for each in VERSIONS)
        at.wrong(f"is {described(at.value)}", f"write {right}, in quotes")
    else:
        version = at.choice(VERSIONS)
    return Profile(version, all(OCP_ADDRESS in target.labels for target in targets))

"""The built-in rule, in the form in which a fleet file writes its rules.

Source: OCP's documentation of ic_server_connect_failed (metric, expression, threshold, duration, alarm cycle, clear
cycle, level, scope and templates). `resend_interval` is left out: it follows the cycle.
"""

from __future__ import annotations

from collections.abc import Mapping

NAME = "ic_server_connect_failed"

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

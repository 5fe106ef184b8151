"""Words that other systems have for what a fleet file says, and people type out of habit: what to write instead. Pure.

Sources: Prometheus's alerting rules (alert, expr, for, keep_firing_for, labels, annotations); OCP's documentation of
its alarm rules, in Chinese; the names that OCP's pages show for levels.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

FIELDS: Mapping[str, tuple[str, str]] = {
    "alert": ("name", "write name, in small letters, digits and _"),
    "record": ("name", "write name, in small letters, digits and _; rules only raise alarms"),
    "expr": ("expression", "write expression"),
    "for": ("duration", "write duration, such as duration: 5m"),
    "keep_firing_for": ("clear_cycle", "write clear_cycle, such as clear_cycle: 5m"),
    "severity": ("level", "write level, such as level: Critical"),
    "annotations": ("summary", "write summary and description beside the other fields of the rule"),
    "groups": ("rules", "write rules, all in one list"),
    "scrape_interval": ("every", "write every, such as every: 60s"),
    "evaluation_interval": ("every", "write every, such as every: 60s"),
    "scrape_timeout": ("timeout", "write timeout, such as timeout: 3s"),
    "static_configs": ("targets", "write targets, a list of addresses"),
    "repeat_interval": ("resend_interval", "write resend_interval, such as resend_interval: [1m, 10m, 1h]"),
    "规则名称": ("name", "write name, in small letters, digits and _"),
    "告警名称": ("display_name", "write display_name"),
    "告警项": ("name", "write name, in small letters, digits and _"),
    "监控表达式": ("expression", "write expression"),
    "表达式": ("expression", "write expression"),
    "阈值": ("threshold", "write threshold, such as threshold: 0"),
    "告警等级": ("level", "write level, such as level: Critical"),
    "等级": ("level", "write level, such as level: Critical"),
    "持续时间": ("duration", "write duration, such as duration: 5m"),
    "持续时长": ("duration", "write duration, such as duration: 5m"),
    "告警周期": ("cycle", "write cycle, such as cycle: 60s"),
    "消除周期": ("clear_cycle", "write clear_cycle, such as clear_cycle: 5m"),
    "告警范围": ("scope", "write scope, such as scope: Host"),
    "告警概述": ("summary", "write summary"),
    "告警详情": ("description", "write description"),
    "采集周期": ("every", "write every, such as every: 60s"),
}
"""By a word: the field that is meant, and the sentence that says so. It is said only where there is such a field."""

VALUES: Mapping[str, str] = {
    **dict.fromkeys(("停服", "Stopped", "stopped"), "Down"),
    **dict.fromkeys(("严重", "嚴重", "紧急", "fatal", "error", "page"), "Critical"),
    **dict.fromkeys(("警告", "告警", "Warning", "warning", "warn"), "Alert"),
    **dict.fromkeys(("注意", "minor", "notice"), "Caution"),
    **dict.fromkeys(("提醒", "提示", "Reminder", "reminder", "information"), "Info"),
    **dict.fromkeys(("服务", "服務"), "Service"),
    **dict.fromkeys(("服务器", "伺服器", "主机", "主機"), "Host"),
    **dict.fromkeys(("集群", "叢集"), "Cluster"),
    **dict.fromkeys(("租户", "租戶"), "Tenant"),
    **dict.fromkeys(("中文", "简体中文", "zh", "cn", "zh_CN", "zh-Hans"), "zh-CN"),
    **dict.fromkeys(("繁體中文", "繁体中文", "tw", "zh_TW", "zh-Hant"), "zh-TW"),
    **dict.fromkeys(("英文", "English", "en", "en_US"), "en-US"),
    **dict.fromkeys(("钉钉", "釘釘", "dingding"), "dingtalk"),
    **dict.fromkeys(("飞书", "飛書", "lark"), "feishu"),
    **dict.fromkeys(("企业微信", "企業微信", "企微", "wechat"), "wecom"),
    **dict.fromkeys(("触发", "firing"), "raised"),
    **dict.fromkeys(("消除", "恢复", "resolved"), "cleared"),
    "重复": "repeated",
    "升级": "escalated",
    "降级": "eased",
    "无人认领": "unattended",
    "关闭": "closed",
}
"""By a word: that of the fleet file. It is meant only where that one may be."""

TRUTHS: Mapping[str, bool] = {
    **dict.fromkeys(("yes", "on", "是", "开", "启用", "開", "啟用"), True),
    **dict.fromkeys(("no", "off", "否", "关", "停用", "關"), False),
}


def meant_field(word: object, known: Iterable[str]) -> str:
    """The sentence that says which of the `known` fields another system's word means; an empty text where none."""
    field, sentence = FIELDS.get(str(word), ("", ""))
    return sentence if field in known else ""


def means(word: object, field: str) -> bool:
    """Whether another system's word means a field."""
    return FIELDS.get(str(word), ("", ""))[0] == field

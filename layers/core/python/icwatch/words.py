"""The sentences of a notice, one table a language. The words for levels, scopes and states are OCP's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from icwatch.model import Kind, Language, Level


@dataclass(frozen=True, slots=True)
class Words:
    """One language. Sentences are format strings over the fields that `notice.py` gives them.

    `of_a_server` are the sentences, in place of the general ones, of an alarm that says that one IC-Server fails.
    """

    levels: Mapping[Level, str]
    scopes: Mapping[str, str]
    active: str
    inactive: str
    tags: Mapping[Kind, str]
    sentences: Mapping[Kind, str]
    of_a_server: Mapping[Kind, str]
    expression: str
    steps: str
    so_far: str
    why: str
    closed: Mapping[str, str]
    cause: str
    last_cause: str
    first: str
    impact: str
    footer: str
    no_labels: str
    units: tuple[str, str, str, str]


WORDS: Mapping[Language, Words] = {
    Language.ZH_CN: Words(
        levels={
            Level.DOWN: "停服",
            Level.CRITICAL: "严重",
            Level.ALERT: "警告",
            Level.CAUTION: "注意",
            Level.INFO: "提醒",
        },
        scopes={"Service": "服务", "Host": "服务器", "Cluster": "集群", "Tenant": "租户"},
        active="告警中",
        inactive="已消除",
        tags={
            Kind.RAISED: "{level}",
            Kind.REPEATED: "{level}·已持续 {lasted}",
            Kind.ESCALATED: "{level}·由{former}升级",
            Kind.EASED: "{level}·由{former}降级",
            Kind.CLEARED: "已消除",
            Kind.CLOSED: "已关闭",
        },
        sentences={
            Kind.RAISED: "{target}：监控值 {value} 自 {began} 起满足告警条件 {condition}{so_far}。",
            Kind.REPEATED: (
                "{target}：监控值 {value} 仍然满足告警条件 {condition}：自 {began} 起{so_far}，"
                "这是第 {reports} 次通知。"
            ),
            Kind.ESCALATED: (
                "{target}：告警等级由{former}升为{level}，监控值 {value}（{condition}）。告警自 {began} 开始{so_far}。"
            ),
            Kind.EASED: (
                "{target}：告警等级由{former}降为{level}，监控值 {value}（{condition}）。告警自 {began} 开始{so_far}。"
            ),
            Kind.CLEARED: (
                "{target} 已恢复：监控值自 {since} 起不再满足告警条件（当前 {value}）。"
                "告警自 {began} 开始，持续 {lasted}。"
            ),
            Kind.CLOSED: "{target} 的告警已关闭：{why}。告警自 {began} 开始{so_far}；关闭不代表故障已消除。",
        },
        of_a_server={
            Kind.RAISED: "IC-Server {target} 的健康检查自 {began} 起失败{so_far}。",
            Kind.REPEATED: "IC-Server {target} 的健康检查仍然失败：自 {began} 起{so_far}，这是第 {reports} 次通知。",
            Kind.CLEARED: "IC-Server {target} 已恢复：健康检查自 {since} 起正常。故障自 {began} 开始，持续 {lasted}。",
            Kind.CLOSED: (
                "IC-Server {target} 的告警已关闭：{why}。故障自 {began} 开始{so_far}；关闭不代表 IC-Server 已恢复。"
            ),
        },
        so_far="，已持续 {lasted}",
        why="：{cause}",
        closed={
            "target_removed": "该目标已不在监控清单中",
            "rule_removed": "告警规则已删除",
            "rule_disabled": "告警规则已停用",
            "target_excluded": "告警规则不再包含该目标",
        },
        expression="条件：{expression} {condition}",
        steps="处理步骤：",
        cause="原因：{cause}，{meaning}（{code}）。",
        last_cause="最近一次失败的原因：{cause}（{code}）。",
        first="首先：{step}",
        impact="对系统的影响：OCP 无法运维和管理其他 VPC 中的 OceanBase 集群及相关资源。",
        footer="等级：{level}  范围：{scope}  标签：{labels}  规则：{rule}",
        no_labels="无",
        units=(" 天", " 小时", " 分钟", " 秒"),
    ),
    Language.EN_US: Words(
        levels={
            Level.DOWN: "Stopped",
            Level.CRITICAL: "Critical",
            Level.ALERT: "Warning",
            Level.CAUTION: "Caution",
            Level.INFO: "Reminder",
        },
        scopes={"Service": "Service", "Host": "Host", "Cluster": "Cluster", "Tenant": "Tenant"},
        active="Active",
        inactive="Inactive",
        tags={
            Kind.RAISED: "{level}",
            Kind.REPEATED: "{level} for {lasted}",
            Kind.ESCALATED: "{level}, up from {former}",
            Kind.EASED: "{level}, down from {former}",
            Kind.CLEARED: "Cleared",
            Kind.CLOSED: "Closed",
        },
        sentences={
            Kind.RAISED: "{target}: the value {value} has met the condition {condition} since {began}{so_far}.",
            Kind.REPEATED: (
                "{target}: the value {value} still meets the condition {condition}, since {began}{so_far}. "
                "This is notice number {reports}."
            ),
            Kind.ESCALATED: (
                "{target}: the level rose from {former} to {level}; the value is {value} ({condition}). "
                "The alarm stands since {began}{so_far}."
            ),
            Kind.EASED: (
                "{target}: the level fell from {former} to {level}; the value is {value} ({condition}). "
                "The alarm stands since {began}{so_far}."
            ),
            Kind.CLEARED: (
                "{target} has recovered: the value has not met the condition since {since} (it is {value} now). "
                "The alarm began at {began} and lasted {lasted}."
            ),
            Kind.CLOSED: (
                "The alarm of {target} was closed: {why}. "
                "It began at {began}{so_far}; closing does not mean that the trouble is over."
            ),
        },
        of_a_server={
            Kind.RAISED: "IC-Server {target} has failed its health check since {began}{so_far}.",
            Kind.REPEATED: (
                "IC-Server {target} still fails its health check, since {began}{so_far}. "
                "This is notice number {reports}."
            ),
            Kind.CLEARED: (
                "IC-Server {target} has recovered: its health check has been good since {since}. "
                "The outage began at {began} and lasted {lasted}."
            ),
            Kind.CLOSED: (
                "The alarm of IC-Server {target} was closed: {why}. "
                "The outage began at {began}{so_far}; closing does not mean that the IC-Server has recovered."
            ),
        },
        so_far=" ({lasted} so far)",
        why=": {cause}",
        closed={
            "target_removed": "it is no longer part of what is watched",
            "rule_removed": "the alarm rule was removed",
            "rule_disabled": "the alarm rule was disabled",
            "target_excluded": "the alarm rule does not cover it any more",
        },
        expression="Condition: {expression} {condition}",
        steps="Steps:",
        cause="Cause: {cause}; {meaning} ({code}).",
        last_cause="Cause of the last failure: {cause} ({code}).",
        first="First: {step}",
        impact=("Impact: OCP cannot operate or manage the OceanBase clusters and related resources in the other VPCs."),
        footer="Level: {level}  Scope: {scope}  Labels: {labels}  Rule: {rule}",
        no_labels="none",
        units=("d", "h", "m", "s"),
    ),
}

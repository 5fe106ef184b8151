"""The wording of what only chat robots say, in every language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from icwatch.model import Kind, Language


@dataclass(frozen=True, slots=True)
class RobotTexts:
    """One language. `kinds` say what happened how often; `part` puts them with the VPC where it was one."""

    digest: str
    part: str
    separator: str
    kinds: Mapping[Kind, str]
    problems: str
    ends: str
    more: str
    test: str
    test_text: str


ROBOT_TEXTS: Mapping[Language, RobotTexts] = {
    Language.EN_US: RobotTexts(
        digest="{count} notices in one: {parts}",
        part="{what} in {where}",
        separator=", ",
        kinds={
            Kind.RAISED: "{count} raised",
            Kind.REPEATED: "{count} still active",
            Kind.ESCALATED: "{count} escalated",
            Kind.EASED: "{count} eased",
            Kind.UNATTENDED: "{count} unattended",
            Kind.CLEARED: "{count} cleared",
            Kind.CLOSED: "{count} closed",
        },
        problems="IN ALARM:",
        ends="OVER:",
        more="... and {count} more",
        test="[Test] icwatch reaches this chat as {robot}",
        test_text="This is a test message. No alarm is behind it, and nothing has to be done.",
    ),
    Language.ZH_CN: RobotTexts(
        digest="{count} 条通知合并：{parts}",
        part="{where} {what}",
        separator="，",
        kinds={
            Kind.RAISED: "触发 {count} 条",
            Kind.REPEATED: "重复 {count} 条",
            Kind.ESCALATED: "升级 {count} 条",
            Kind.EASED: "降级 {count} 条",
            Kind.UNATTENDED: "无人认领 {count} 条",
            Kind.CLEARED: "消除 {count} 条",
            Kind.CLOSED: "关闭 {count} 条",
        },
        problems="告警中：",
        ends="已结束：",
        more="…… 另有 {count} 条",
        test="[测试] icwatch 可通过机器人 {robot} 发送到本群",
        test_text="这是一条测试消息，没有对应的告警，无需处理。",
    ),
    Language.ZH_TW: RobotTexts(
        digest="{count} 則通知合併：{parts}",
        part="{where} {what}",
        separator="，",
        kinds={
            Kind.RAISED: "觸發 {count} 條",
            Kind.REPEATED: "重複 {count} 條",
            Kind.ESCALATED: "升級 {count} 條",
            Kind.EASED: "降級 {count} 條",
            Kind.UNATTENDED: "無人認領 {count} 條",
            Kind.CLEARED: "消除 {count} 條",
            Kind.CLOSED: "關閉 {count} 條",
        },
        problems="告警中：",
        ends="已結束：",
        more="…… 另有 {count} 條",
        test="[測試] icwatch 可透過機器人 {robot} 傳送到本群組",
        test_text="這是一則測試訊息，沒有對應的告警，無需處理。",
    ),
}

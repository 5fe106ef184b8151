"""What is reported to operations about the monitoring itself, in every language. Texts in braces are format strings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from icwatch.model import CUT_OFF, UNCONFIRMED, UNREADABLE, UNSEEN, Language


@dataclass(frozen=True, slots=True)
class MonitoringTexts:
    """One language. Everything by kind of problem, or by how one ended.

    `plural` are several subjects, `short` is a part of the subject of a mail, `heading` is above the lines of what is
    named, `items` are what an item of the inventory is called by its kind, where not by the kind itself; `meaning` and
    `steps` follow the lines of problems that go on.
    """

    tag: str
    plural: Mapping[str, str]
    separator: str
    short: Mapping[str, str]
    heading: Mapping[str, str]
    items: Mapping[str, str]
    line: str
    line_over: str
    more: str
    meaning: Mapping[str, str]
    steps: Mapping[str, tuple[str, ...]]
    what_to_do: str
    shard: str
    source: str


EN_US = MonitoringTexts(
    tag="[icwatch monitoring]",
    plural={
        CUT_OFF: "{count} fleets",
        UNSEEN: "{count} IC-Servers",
        UNREADABLE: "{count} stored items",
        UNCONFIRMED: "{count} drills",
    },
    separator="; ",
    short={
        CUT_OFF: "monitoring cannot see: nothing can be reached",
        "reached": "monitoring can see again",
        UNSEEN: "{who} not seen for {lasted}",
        "seen": "{who} seen again",
        "removed": "{who} not watched any more",
        UNREADABLE: "{who} cannot be read",
        "readable": "{who} readable again or gone",
        UNCONFIRMED: "{who} was not confirmed",
        "confirmed": "{who} was confirmed after all",
    },
    heading={
        CUT_OFF: "MONITORING CANNOT SEE",
        "reached": "MONITORING CAN SEE AGAIN",
        UNSEEN: "NOT SEEN",
        "seen": "SEEN AGAIN",
        "removed": "NOT WATCHED ANY MORE (removed from the fleet, or moved to another shard)",
        UNREADABLE: "CANNOT BE READ",
        "readable": "READABLE AGAIN, OR GONE",
        UNCONFIRMED: "NOT CONFIRMED",
        "confirmed": "CONFIRMED AFTER ALL",
    },
    items={},
    line="{subject}, since {since}: {reason}",
    line_over="{subject}, from {since} to {at}",
    more="and {count} more",
    meaning={
        CUT_OFF: (
            "No IC-Server can be reached, and no control endpoint either, so the fault is probably in the network of "
            "the machine that probes. Nothing is known of any IC-Server: alarms neither begin nor end."
        ),
        UNSEEN: (
            "Nothing can be said about an IC-Server that is not seen: it may be down. "
            "Meanwhile its alarms neither begin nor end."
        ),
        UNREADABLE: (
            "What cannot be read is left out: a target is not probed, a rule is not applied, a silence does not hold. "
            "Its alarms stay as they are."
        ),
        UNCONFIRMED: (
            "A drill was announced, and nobody has confirmed that it arrived. A real alarm might not arrive either."
        ),
    },
    steps={
        CUT_OFF: (
            "Look at the way out of the machine that probes: subnet, route tables, security group, peering, DNS. What "
            "was changed last?",
            "Check by other means whether the IC-Servers are up: nobody is told of one that goes down now.",
            "Where the control endpoints themselves are gone, correct `control` in the fleet file and run `{apply}`.",
        ),
        UNSEEN: (
            "The reason above is one of the machine that probes, not of the IC-Server. Remove it: correct the address "
            "in the fleet file, or the network, the permissions or the limits of the prober; its log has more.",
            "Check by other means whether the IC-Server is up.",
            "Where it is not to be watched any more, take it out of the fleet file and run `{apply}`.",
        ),
        UNREADABLE: (
            "Run `{apply}` with the fleet file and the version of icwatch that is deployed: it writes targets, "
            "rules and settings anew. Give silences and acknowledgements again.",
        ),
        UNCONFIRMED: (
            "Run `{drill}` and look at which step it is lost: it names what to look at.",
            "Where it arrived and nobody confirmed it: `{confirm}`.",
        ),
    },
    what_to_do="WHAT TO DO",
    shard="Shard: {value}",
    source="Probed from: {value}",
)

ZH_CN = MonitoringTexts(
    tag="[icwatch 监控自身]",
    plural={
        CUT_OFF: "{count} 份清单",
        UNSEEN: "{count} 台 IC-Server",
        UNREADABLE: "{count} 个存储项",
        UNCONFIRMED: "{count} 次演练",
    },
    separator="；",
    short={
        CUT_OFF: "监控中断：所有地址都不可达",
        "reached": "监控已恢复",
        UNSEEN: "{who} 已 {lasted}未能探测",
        "seen": "{who} 已恢复探测",
        "removed": "{who} 已不再监控",
        UNREADABLE: "{who} 无法读取",
        "readable": "{who} 已可读取或已删除",
        UNCONFIRMED: "{who} 无人确认收到",
        "confirmed": "{who} 已补确认收到",
    },
    heading={
        CUT_OFF: "监控中断",
        "reached": "监控已恢复",
        UNSEEN: "未能探测",
        "seen": "已恢复探测",
        "removed": "已不再监控（已从清单中移除，或已移至其他探测批次）",
        UNREADABLE: "无法读取",
        "readable": "已可读取，或已删除",
        UNCONFIRMED: "演练无人确认收到",
        "confirmed": "演练已补确认收到",
    },
    items={
        "fleet": "全局设置",
        "target": "目标",
        "rule": "规则",
        "silence": "屏蔽",
        "acknowledgement": "认领",
        "drill": "演练",
        "robot": "机器人",
        "whole fleet": "整份清单",
        "other items": "其他存储项",
    },
    line="{subject}，自 {since} 起：{reason}",
    line_over="{subject}，自 {since} 至 {at}",
    more="另有 {who}",
    meaning={
        CUT_OFF: (
            "所有 IC-Server 都不可达，对照地址也全部不可达，故障很可能出在探测点自身的网络。"
            "目前无法得知任何 IC-Server 的状态：告警既不会触发，也不会消除。"
        ),
        UNSEEN: "无法判断未能探测的 IC-Server 的状态：它可能已经宕机。在此期间，它的告警既不会触发，也不会消除。",
        UNREADABLE: "无法读取的内容不会生效：目标不会被探测，规则不会执行，屏蔽不会生效。相关告警保持原状。",
        UNCONFIRMED: ("已发出一次演练，但没有人确认收到。真实的告警也可能无法送达。"),
    },
    steps={
        CUT_OFF: (
            "请检查探测点的出口网络：子网、路由表、安全组、对等连接、DNS。最近一次变更是什么？",
            "请通过其他方式确认 IC-Server 是否正常：此时如有宕机，不会有任何通知。",
            "如果是对照地址自身已下线，请更正清单文件中的 `control`，然后执行 `{apply}`。",
        ),
        UNSEEN: (
            "以上原因出在探测点，而不在 IC-Server。请消除该原因：更正清单文件中的地址，"
            "或检查探测点的网络、权限和资源限制；详情见 prober 函数的日志。",
            "请通过其他方式确认该 IC-Server 是否正常。",
            "如果不再需要监控它，请从清单文件中删除，然后执行 `{apply}`。",
        ),
        UNREADABLE: (
            "请使用清单文件，以及与已部署版本相同的 icwatch 执行 `{apply}`：目标、规则和设置会重新写入。"
            "屏蔽和认领需要重新设置。",
        ),
        UNCONFIRMED: (
            "运行 `{drill}`，查看在哪一步丢失：命令会指出应检查什么。",
            "如果已收到、只是没有确认：`{confirm}`。",
        ),
    },
    what_to_do="处理方法",
    shard="探测批次：{value}",
    source="探测点：{value}",
)

ZH_TW = MonitoringTexts(
    tag="[icwatch 監控自身]",
    plural={
        CUT_OFF: "{count} 份清單",
        UNSEEN: "{count} 台 IC-Server",
        UNREADABLE: "{count} 個儲存項目",
        UNCONFIRMED: "{count} 次演練",
    },
    separator="；",
    short={
        CUT_OFF: "監控中斷：所有位址都無法連線",
        "reached": "監控已恢復",
        UNSEEN: "{who} 已 {lasted}未能探測",
        "seen": "{who} 已恢復探測",
        "removed": "{who} 已不再監控",
        UNREADABLE: "{who} 無法讀取",
        "readable": "{who} 已可讀取或已刪除",
        UNCONFIRMED: "{who} 無人確認收到",
        "confirmed": "{who} 已補確認收到",
    },
    heading={
        CUT_OFF: "監控中斷",
        "reached": "監控已恢復",
        UNSEEN: "未能探測",
        "seen": "已恢復探測",
        "removed": "已不再監控（已從清單中移除，或已移至其他探測批次）",
        UNREADABLE: "無法讀取",
        "readable": "已可讀取，或已刪除",
        UNCONFIRMED: "演練無人確認收到",
        "confirmed": "演練已補確認收到",
    },
    items={
        "fleet": "全域設定",
        "target": "目標",
        "rule": "規則",
        "silence": "屏蔽",
        "acknowledgement": "認領",
        "drill": "演練",
        "robot": "機器人",
        "whole fleet": "整份清單",
        "other items": "其他儲存項目",
    },
    line="{subject}，自 {since} 起：{reason}",
    line_over="{subject}，自 {since} 至 {at}",
    more="另有 {who}",
    meaning={
        CUT_OFF: (
            "所有 IC-Server 都無法連線，對照位址也全部無法連線，故障很可能出在探測點自身的網路。"
            "目前無法得知任何 IC-Server 的狀態：告警既不會觸發，也不會消除。"
        ),
        UNSEEN: "無法判斷未能探測的 IC-Server 的狀態：它可能已經當機。在此期間，它的告警既不會觸發，也不會消除。",
        UNREADABLE: "無法讀取的內容不會生效：目標不會被探測，規則不會執行，屏蔽不會生效。相關告警保持原狀。",
        UNCONFIRMED: ("已發出一次演練，但沒有人確認收到。真實的告警也可能無法送達。"),
    },
    steps={
        CUT_OFF: (
            "請檢查探測點的對外網路：子網路、路由表、安全群組、對等連線、DNS。最近一次變更是什麼？",
            "請透過其他方式確認 IC-Server 是否正常：此時如有當機，不會有任何通知。",
            "如果是對照位址自身已下線，請更正清單檔案中的 `control`，然後執行 `{apply}`。",
        ),
        UNSEEN: (
            "以上原因出在探測點，而不在 IC-Server。請消除該原因：更正清單檔案中的位址，"
            "或檢查探測點的網路、權限和資源限制；詳情見 prober 函式的日誌。",
            "請透過其他方式確認該 IC-Server 是否正常。",
            "如果不再需要監控它，請從清單檔案中刪除，然後執行 `{apply}`。",
        ),
        UNREADABLE: (
            "請使用清單檔案，以及與已部署版本相同的 icwatch 執行 `{apply}`：目標、規則和設定會重新寫入。"
            "屏蔽和認領需要重新設定。",
        ),
        UNCONFIRMED: (
            "執行 `{drill}`，查看在哪一步遺失：命令會指出應檢查什麼。",
            "如果已收到、只是沒有確認：`{confirm}`。",
        ),
    },
    what_to_do="處理方法",
    shard="探測批次：{value}",
    source="探測點：{value}",
)

MONITORING_TEXTS: Mapping[Language, MonitoringTexts] = {
    Language.EN_US: EN_US,
    Language.ZH_CN: ZH_CN,
    Language.ZH_TW: ZH_TW,
}

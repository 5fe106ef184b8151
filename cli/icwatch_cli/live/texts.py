"""What the terminal view says beside the page's own words, in each language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from icwatch.model import Language


@dataclass(frozen=True, slots=True)
class ViewTexts:
    """The texts of one language. `help` are lines; a mark with its meaning is set apart by two blanks."""

    starting: str
    steps: Mapping[str, str]
    every: str
    announced: str
    silences: str
    pending: str
    no_alarm: str
    newest: str
    targets: str
    healthy: str
    not_probed: str
    notices: str
    chat: str
    last_notice: str
    keys: str
    stop: str
    help: tuple[str, ...]
    more: str


EN_US = ViewTexts(
    starting="starting",
    steps={
        "servers": "the demonstration's servers and chat group",
        "backend": "the tables, streams, topics and queues of the local cloud",
        "stack": "the stack of template.yaml in it",
        "restore": "what --state kept",
        "functions": "the functions: prober, evaluator, notifier",
        "fleet": "the fleet, and its first sweep",
        "page": "the status page",
    },
    every="every {every}",
    announced="{count} announced",
    silences="silences in force: {count}",
    pending="{count} pending",
    no_alarm="none",
    newest="newest alarm: {title}",
    targets="targets",
    healthy="healthy",
    not_probed="not probed yet",
    notices="notices",
    chat="a chat group, by a robot",
    last_notice="the last notice, as it begins",
    keys="q ends it  ? explains",
    stop="Ctrl-C ends it",
    help=(
        "● red     down, or an alarm that people were notified of",
        "● yellow  recovering: good again, the alarm has not cleared yet",
        "● cyan    acknowledged: somebody has it",
        "○         unseen, silenced, or nobody was notified",
        "● green   good",
        "▁▃█ ×     probe times of the last sweeps, scaled to the slowest; a failed probe",
        "▄ ░       a strip of 24 h: how much was down; what nobody saw",
        "",
        "icwatch alarms --local          all alarms, also those that are folded here",
        "icwatch ack TARGET --local      take an alarm, so that it is not repeated",
        "icwatch silence add --local --label target=TARGET --for 1h",
        "icwatch history --local         what was decided, and why",
        "",
        "q or Ctrl-C ends the run and all that belongs to it. Any key goes back.",
    ),
    more="and {count} more",
)

ZH_CN = ViewTexts(
    starting="正在启动",
    steps={
        "servers": "演示用的服务器和群聊",
        "backend": "本地云的表、流、主题和队列",
        "stack": "template.yaml 中的堆栈",
        "restore": "--state 保存的内容",
        "functions": "各函数：prober、evaluator、notifier",
        "fleet": "监控目标及首次采集",
        "page": "状态页",
    },
    every="每 {every}采集一次",
    announced="已通知 {count}",
    silences="生效中的屏蔽 {count}",
    pending="待触发 {count}",
    no_alarm="无",
    newest="最新告警：{title}",
    targets="监控目标",
    healthy="正常",
    not_probed="尚未探测",
    notices="通知",
    chat="群聊（机器人消息）",
    last_notice="最近一条通知的开头",
    keys="q 退出  ? 说明",
    stop="Ctrl-C 退出",
    help=(
        "● 红色    异常，或已通知的告警",
        "● 黄色    恢复中：采集值已正常，告警尚未消除",
        "● 青色    已认领",
        "○         未采集到、已屏蔽或未通知",
        "● 绿色    正常",
        "▁▃█ ×     最近几次采集的探测耗时，以最慢的一次为满格；探测失败",
        "▄ ░       24 小时：异常所占比例；未采集到",
        "",
        "icwatch alarms --local          全部告警，包括此处折叠的",
        "icwatch ack TARGET --local      认领告警，不再重复通知",
        "icwatch silence add --local --label target=TARGET --for 1h",
        "icwatch history --local         作出过哪些判定及原因",
        "",
        "按 q 或 Ctrl-C 结束运行及其全部进程。按任意键返回。",
    ),
    more="还有 {count} 项",
)

ZH_TW = ViewTexts(
    starting="正在啟動",
    steps={
        "servers": "示範用的伺服器和群組",
        "backend": "本地雲的資料表、串流、主題和佇列",
        "stack": "template.yaml 中的堆疊",
        "restore": "--state 保存的內容",
        "functions": "各函式：prober、evaluator、notifier",
        "fleet": "監控目標及首次採集",
        "page": "狀態頁",
    },
    every="每 {every}採集一次",
    announced="已通知 {count}",
    silences="生效中的屏蔽 {count}",
    pending="待觸發 {count}",
    no_alarm="無",
    newest="最新告警：{title}",
    targets="監控目標",
    healthy="正常",
    not_probed="尚未探測",
    notices="通知",
    chat="群組（機器人訊息）",
    last_notice="最近一則通知的開頭",
    keys="q 結束  ? 說明",
    stop="Ctrl-C 結束",
    help=(
        "● 紅色    異常，或已通知的告警",
        "● 黃色    恢復中：採集值已正常，告警尚未消除",
        "● 青色    已認領",
        "○         未採集到、已屏蔽或未通知",
        "● 綠色    正常",
        "▁▃█ ×     最近幾次採集的探測耗時，以最慢的一次為滿格；探測失敗",
        "▄ ░       24 小時：異常所占比例；未採集到",
        "",
        "icwatch alarms --local          全部告警，包括此處摺疊的",
        "icwatch ack TARGET --local      認領告警，不再重複通知",
        "icwatch silence add --local --label target=TARGET --for 1h",
        "icwatch history --local         作出過哪些判定及原因",
        "",
        "按 q 或 Ctrl-C 結束執行及其全部行程。按任意鍵返回。",
    ),
    more="還有 {count} 項",
)

VIEW_TEXTS: Mapping[Language, ViewTexts] = {Language.EN_US: EN_US, Language.ZH_CN: ZH_CN, Language.ZH_TW: ZH_TW}

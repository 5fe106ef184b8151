"""What the plain lines of `icwatch run` say beside the terminal view's words, in each language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from icwatch.model import Language


@dataclass(frozen=True, slots=True)
class LineTexts:
    """The texts of one language. `targets` has a text for one and a text for several."""

    demonstration: str
    starting: str
    target: str
    healthy: str
    failing: str
    detail: str
    unseen: str
    trouble: str
    page: str
    apis: str
    watching: str
    targets: tuple[str, str]
    notice: str
    monitoring: str
    chat: str
    undrawable: str
    stopped: str
    ended: str


EN_US = LineTexts(
    demonstration="the demonstration",
    starting="starting {step}",
    target="{target} is {what}",
    healthy="healthy",
    failing="failing: {cause}{detail}",
    detail=" ({detail})",
    unseen="unseen: {why}",
    trouble="trouble: {text}",
    page="status page at {address}",
    apis="AWS APIs at {address}, log in {log}",
    watching="watching {name}: {targets} every {every}",
    targets=("{count} target", "{count} targets"),
    notice="notice {kind}: {subject}",
    monitoring="monitoring",
    chat="chat group: {title}",
    undrawable="The view cannot be drawn; the log says why. All else goes on.",
    stopped="Stopped after {count} sweeps. The functions' log is {log}",
    ended="the run has ended: {why}",
)

ZH_CN = LineTexts(
    demonstration="演示",
    starting="正在启动 {step}",
    target="{target}：{what}",
    healthy="正常",
    failing="异常，{cause}{detail}",
    detail="（{detail}）",
    unseen="未采集到（{why}）",
    trouble="故障：{text}",
    page="状态页：{address}",
    apis="AWS API：{address}，日志：{log}",
    watching="正在监控 {name}：{targets}，每 {every}采集一次",
    targets=("{count} 个目标",) * 2,
    notice="通知（{kind}）：{subject}",
    monitoring="监控自身",
    chat="群聊：{title}",
    undrawable="无法绘制界面，原因见日志；其余一切照常。",
    stopped="采集 {count} 次后停止。各函数的日志：{log}",
    ended="运行已结束：{why}",
)

ZH_TW = LineTexts(
    demonstration="示範",
    starting="正在啟動 {step}",
    target="{target}：{what}",
    healthy="正常",
    failing="異常，{cause}{detail}",
    detail="（{detail}）",
    unseen="未採集到（{why}）",
    trouble="故障：{text}",
    page="狀態頁：{address}",
    apis="AWS API：{address}，日誌：{log}",
    watching="正在監控 {name}：{targets}，每 {every}採集一次",
    targets=("{count} 個目標",) * 2,
    notice="通知（{kind}）：{subject}",
    monitoring="監控自身",
    chat="群組：{title}",
    undrawable="無法繪製畫面，原因見日誌；其餘一切照常。",
    stopped="採集 {count} 次後停止。各函式的日誌：{log}",
    ended="執行已結束：{why}",
)

LINE_TEXTS: Mapping[Language, LineTexts] = {Language.EN_US: EN_US, Language.ZH_CN: ZH_CN, Language.ZH_TW: ZH_TW}

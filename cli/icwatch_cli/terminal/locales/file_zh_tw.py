"""繁體中文，關於檔案。"""

from __future__ import annotations

from icwatch_cli.terminal.locales.file_shape import CheckWords, FileWords, ProbeWords, TestWords

WORDS = FileWords(
    check=CheckWords(
        good="{file}：沒有問題",
        warnings=("，{count} 個警告",) * 2,
        size="{targets}，{shards}，採集週期 {every}",
        targets=("{count} 個目標",) * 2,
        shards=("{count} 個分片",) * 2,
        labels="標籤：{labels}",
        label="{name}（{count} 個目標）",
        routed="按 {names} 路由",
        merged="一次超過 {count} 則時合併",
        notices="通知：{how}",
        probe="探測：{how}",
        asked="{path}{port}，時限 {timeout} 秒{attempts}，狀態碼 {statuses} 為健康{body}{pattern}",
        port="，連接埠 {port}",
        attempts="，最多嘗試 {count} 次",
        body="，應答須包含 {text!r}",
        pattern="，應答須符合 {text!r}",
        ocp="{rule} 與 OCP {version} 一致",
        ocp_lacks="；其文字不含 OCP 節點：{all} 個目標中有 {without} 個沒有標籤 {label}",
        rule="規則 {name}{state}{groups}：{levels}，{raised}，告警週期 {cycle}，消除週期 {clear_cycle}，"
        "重複通知間隔 {pauses}{stages}",
        disabled="（已停用）",
        grouped="，按 {names} 分組",
        whole_fleet="全部目標",
        duration="持續 {duration}",
        breaches="{of} 次中有 {least} 次",
        unattended="，{stages}後無人認領",
        robot="機器人 {name}：{how}",
        only="僅限 {filters}",
        no_repeats="不重複通知",
        in_hours="限時段",
        rarely="以下規則在每次採集（{every}）時判定，因為在其告警週期內沒有新的採集結果：{rules}",
        cycle_of="{rule}（{cycle}）",
        night="一台伺服器異常一夜（8 小時），{rule} 會通知 {count} 次；resend_interval: [1m, 5m, 15m, 1h] 時為 11 次",
    ),
    probe=ProbeWords(
        healthy="{url}：健康（HTTP {status}，{ms} 毫秒）",
        unknown="{url}：未知，本機無法探測（{why}）",
        unhealthy="{url}：不健康，用時 {ms} 毫秒",
        why="{name}：{meaning}（{code}：{detail}）",
        warning="警告：{text}",
    ),
    test=TestWords(
        passed="通過",
        failed="失敗",
        sums="{passed} 個通過，{failed} 個失敗",
        whats={"not expected": "不應產生", "did not come": "沒有產生", "cannot be done": "無法執行"},
        no_alarm="沒有告警",
        state="告警自 {since} 起{phase}",
        unannounced="此前沒有通知過",
    ),
)

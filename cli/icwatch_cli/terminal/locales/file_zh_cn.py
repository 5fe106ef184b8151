"""简体中文，关于文件。"""

from __future__ import annotations

from icwatch_cli.terminal.locales.file_shape import CheckWords, FileWords, ProbeWords, TestWords

WORDS = FileWords(
    check=CheckWords(
        good="{file}：没有问题",
        warnings=("，{count} 个警告",) * 2,
        size="{targets}，{shards}，采集周期 {every}",
        targets=("{count} 个目标",) * 2,
        shards=("{count} 个分片",) * 2,
        labels="标签：{labels}",
        label="{name}（{count} 个目标）",
        routed="按 {names} 路由",
        merged="一次超过 {count} 条时合并",
        notices="通知：{how}",
        probe="探测：{how}",
        asked="{path}{port}，时限 {timeout} 秒{attempts}，状态码 {statuses} 为健康{body}{pattern}",
        port="，端口 {port}",
        attempts="，最多尝试 {count} 次",
        body="，应答须包含 {text!r}",
        pattern="，应答须匹配 {text!r}",
        ocp="{rule} 与 OCP {version} 一致",
        ocp_lacks="；其文字不含 OCP 节点：{all} 个目标中有 {without} 个没有标签 {label}",
        rule="规则 {name}{state}{groups}：{levels}，{raised}，告警周期 {cycle}，消除周期 {clear_cycle}，"
        "重复通知间隔 {pauses}{stages}",
        disabled="（已停用）",
        grouped="，按 {names} 分组",
        whole_fleet="全部目标",
        duration="持续 {duration}",
        breaches="{of} 次中有 {least} 次",
        unattended="，{stages}后无人认领",
        robot="机器人 {name}：{how}",
        only="仅限 {filters}",
        no_repeats="不重复通知",
        in_hours="限时段",
        rarely="以下规则在每次采集（{every}）时判定，因为在其告警周期内没有新的采集结果：{rules}",
        cycle_of="{rule}（{cycle}）",
        night="一台服务器异常一夜（8 小时），{rule} 会通知 {count} 次；resend_interval: [1m, 5m, 15m, 1h] 时为 11 次",
    ),
    probe=ProbeWords(
        healthy="{url}：健康（HTTP {status}，{ms} 毫秒）",
        unknown="{url}：未知，本机无法探测（{why}）",
        unhealthy="{url}：不健康，用时 {ms} 毫秒",
        why="{name}：{meaning}（{code}：{detail}）",
        warning="警告：{text}",
    ),
    test=TestWords(
        passed="通过",
        failed="失败",
        sums="{passed} 个通过，{failed} 个失败",
        whats={"not expected": "不应产生", "did not come": "没有产生", "cannot be done": "无法执行"},
        no_alarm="没有告警",
        state="告警自 {since} 起{phase}",
        unannounced="此前没有通知过",
    ),
)

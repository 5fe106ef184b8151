"""简体中文，关于堆栈所保存的内容。"""

from __future__ import annotations

from icwatch_cli.terminal.locales.stack_shape import RebuildWords, RedriveWords, StackWords

WORDS = StackWords(
    redrive=RedriveWords(
        labels={
            "stays": "留下",
            "has a receipt": "已有回执",
            "would publish": "将发布",
            "published": "已发布",
            "receipts": "回执",
            "goes back": "交还",
            "would go back": "将交还",
            "took effect": "已生效",
            "not evaluated": "未判定",
            "not known": "无法确定",
            "set aside": "已搁置",
        },
        about={"notices": "通知", "sweeps": "采集", "robots": "机器人"},
        read="已读取 {count} 条关于{what}的消息",
        done="已处理 {number} 个判定（共 {total} 个），已发布 {published} 条通知",
        nothing="{stack}：没有放弃任何通知或采集，无需补发",
        sums="已发布 {published} 条，{had} 条已有回执，{failed} 条无法发布",
        sums_dry="将发布 {published} 条，{had} 条已有回执，{failed} 条无法发布",
        left="队列中剩余的消息：{left}",
        left_about="关于{what} {count} 条",
        elsewhere="关于{what} {count} 条（另一个 redrive 正在处理，最多占用 {minutes} 分钟）",
        named="{name}：{reason}",
        message="消息 {id}",
        decision="{shard} 在 {at} 的判定",
        sweeps=("{count} 次采集",) * 2,
        arrived="{sweeps}，到达时间为 {starts} 至 {ends}",
        moment="{shards} 的 {sweeps}，{at}",
        span="{shards} 的 {sweeps}，{starts} 至 {ends}",
        given_up="{what}（{condition}）",
        record="记录 {number}",
        explained={
            "not known": "无法确定：该时刻没有判定出任何变化，而同批探测此后更新的采集已经判定，或者已无法查询。",
            "unseen": "未判定的采集视为未采集到，既不触发也不消除任何告警。",
            "replay": "原因见 evaluator 的日志。查看规则对这些采集会如何判定：",
            "discard": "--discard-sweeps 删除关于采集的消息。",
        },
        robot_notices=("机器人 {robot} 的 {count} 条通知",) * 2,
        robot_look="检查机器人 {robot}",
        notice="通知 {id}",
    ),
    rebuild=RebuildWords(
        hours=("{count} 小时",) * 2,
        days=("{count} 天",) * 2,
        sums="检查了 {shards}的 {hours}和 {days}，写入 {written_hours}和 {written_days}的汇总",
        left="因采集即将过期而保持原样：{hours}",
    ),
    left_out="已略过：{error}",
    exported="已写出 {count} 次采集，正在写 {shard}",
)

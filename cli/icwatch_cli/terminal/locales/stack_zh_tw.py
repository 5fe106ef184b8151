"""繁體中文，關於堆疊所儲存的內容。"""

from __future__ import annotations

from icwatch_cli.terminal.locales.stack_shape import RebuildWords, RedriveWords, StackWords

WORDS = StackWords(
    redrive=RedriveWords(
        labels={
            "stays": "留下",
            "has a receipt": "已有回執",
            "would publish": "將發布",
            "published": "已發布",
            "receipts": "回執",
            "goes back": "交還",
            "would go back": "將交還",
            "took effect": "已生效",
            "not evaluated": "未判定",
            "not known": "無法確定",
            "set aside": "已擱置",
        },
        about={"notices": "通知", "sweeps": "採集", "robots": "機器人"},
        read="已讀取 {count} 則關於{what}的訊息",
        done="已處理 {number} 個判定（共 {total} 個），已發布 {published} 則通知",
        nothing="{stack}：沒有放棄任何通知或採集，無需補發",
        sums="已發布 {published} 則，{had} 則已有回執，{failed} 則無法發布",
        sums_dry="將發布 {published} 則，{had} 則已有回執，{failed} 則無法發布",
        left="佇列中剩餘的訊息：{left}",
        left_about="關於{what} {count} 則",
        elsewhere="關於{what} {count} 則（另一個 redrive 正在處理，最多佔用 {minutes} 分鐘）",
        named="{name}：{reason}",
        message="訊息 {id}",
        decision="{shard} 在 {at} 的判定",
        sweeps=("{count} 次採集",) * 2,
        arrived="{sweeps}，到達時間為 {starts} 至 {ends}",
        moment="{shards} 的 {sweeps}，{at}",
        span="{shards} 的 {sweeps}，{starts} 至 {ends}",
        given_up="{what}（{condition}）",
        record="記錄 {number}",
        explained={
            "not known": "無法確定：該時刻沒有判定出任何變化，而同批探測此後更新的採集已經判定，或者已無法查詢。",
            "unseen": "未判定的採集視為未採集到，既不觸發也不消除任何告警。",
            "replay": "原因見 evaluator 的日誌。查看規則對這些採集會如何判定：",
            "discard": "--discard-sweeps 刪除關於採集的訊息。",
        },
        robot_notices=("機器人 {robot} 的 {count} 則通知",) * 2,
        robot_look="檢查機器人 {robot}",
        notice="通知 {id}",
    ),
    rebuild=RebuildWords(
        hours=("{count} 小時",) * 2,
        days=("{count} 天",) * 2,
        sums="檢查了 {shards}的 {hours}和 {days}，寫入 {written_hours}和 {written_days}的彙總",
        left="因採集即將過期而保持原樣：{hours}",
    ),
    left_out="已略過：{error}",
    exported="已寫出 {count} 次採集，正在寫 {shard}",
)

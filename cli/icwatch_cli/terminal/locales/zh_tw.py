"""繁體中文。"""

from __future__ import annotations

from icwatch_cli.terminal.locales.shape import CommandLocale, InitWords

LOCALE = CommandLocale(
    init=InitWords(
        ask_targets="監控哪些 IC-Server？位址之間以空格分隔，所屬 VPC 的名稱寫在前面，例如 vpc-1: 10.1.0.1 10.1.0.2",
        ask_language="通知使用哪種語言？{choices}",
        ask_resend="故障持續期間，每隔多久再次通知？間隔逐漸拉長，例如 1m 5m 15m 1h",
        ask_robot="還通知哪種群組機器人？{choices}",
        none="none",
        file="監控哪些 IC-Server，以及通知誰。全部欄位見 docs/zh-CN/fleet.md",
        language="通知的語言",
        every="採集週期：每台 IC-Server 每隔這麼久探測一次",
        vpc_rule="VPC 內沒有一台 IC-Server 正常：原因多半是到該 VPC 的網路，只用一則通知說明。",
        connect_rule="OCP 的告警：IC-Server 連線失敗。此處未寫的內容與 OCP 一致。",
        inhibited="VPC 的告警存在期間，其中各伺服器的告警只記錄，不通知",
        resend="此後每隔這麼久再次通知，最後一個間隔一直沿用",
        robot="其位址和密鑰存放在別處，此處只寫引用："
        "aws ssm put-parameter --type SecureString --name {name} --value ...",
        robot_local="用於 icwatch run 時改寫為 env:{variable}：取啟動時該環境變數的值",
        test_file="{fleet} 中的規則會如何判定。每個採集週期一個標記：. 正常，x 異常，_ 未採集到",
        test_alone="一台伺服器異常一分鐘：立即通知，恢復五分鐘後通知恢復",
        test_vpc="整個 VPC 異常：只通知一次，恢復時也是",
        written="已寫入 {fleet} 和 {test}：{targets} 個目標，{tests} 個測試，全部通過",
        next="接下來：",
        next_check="查看概要",
        next_test="查看規則如何判定",
        next_run="從本機開始監控",
        next_robot="向機器人發送測試訊息",
        next_apply="讓已部署的堆疊監控這些目標",
    ),
)

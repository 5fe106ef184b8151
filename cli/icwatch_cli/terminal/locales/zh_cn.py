"""简体中文。"""

from __future__ import annotations

from icwatch_cli.terminal.locales.shape import CommandLocale, InitWords

LOCALE = CommandLocale(
    init=InitWords(
        ask_targets="监控哪些 IC-Server？地址之间以空格分隔，所属 VPC 的名称写在前面，例如 vpc-1: 10.1.0.1 10.1.0.2",
        ask_language="通知使用哪种语言？{choices}",
        ask_resend="故障持续期间，每隔多久再次通知？间隔逐渐拉长，例如 1m 5m 15m 1h",
        ask_robot="还通知哪种群机器人？{choices}",
        none="none",
        file="监控哪些 IC-Server，以及通知谁。全部字段见 docs/zh-CN/fleet.md",
        language="通知的语言",
        every="采集周期：每台 IC-Server 每隔这么久探测一次",
        vpc_rule="VPC 内没有一台 IC-Server 正常：原因多半是到该 VPC 的网络，只用一条通知说明。",
        connect_rule="OCP 的告警：IC-Server 连接失败。此处未写的内容与 OCP 一致。",
        inhibited="VPC 的告警存在期间，其中各服务器的告警只记录，不通知",
        resend="此后每隔这么久再次通知，最后一个间隔一直沿用",
        robot="其地址和密钥存放在别处，此处只写引用："
        "aws ssm put-parameter --type SecureString --name {name} --value ...",
        robot_local="用于 icwatch run 时改写为 env:{variable}：取启动时该环境变量的值",
        test_file="{fleet} 中的规则会如何判定。每个采集周期一个标记：. 正常，x 异常，_ 未采集到",
        test_alone="一台服务器异常一分钟：立即通知，恢复五分钟后通知恢复",
        test_vpc="整个 VPC 异常：只通知一次，恢复时也是",
        written="已写入 {fleet} 和 {test}：{targets} 个目标，{tests} 个测试，全部通过",
        next="接下来：",
        next_check="查看概要",
        next_test="查看规则如何判定",
        next_run="从本机开始监控",
        next_robot="向机器人发送测试消息",
        next_apply="让已部署的堆栈监控这些目标",
    ),
)

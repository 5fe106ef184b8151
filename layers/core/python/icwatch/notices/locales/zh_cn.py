"""简体中文. The handling is OCP's own text (处理方法 of ic_server_connect_failed)."""

from __future__ import annotations

from icwatch.model import PROBE_SECONDS, TLS_DAYS_LEFT, Cause, Kind, Level
from icwatch.notices.locales.shape import Locale, Noun
from icwatch.notices.steps import Step

LOCALE = Locale(
    levels={
        Level.DOWN: "停服",
        Level.CRITICAL: "严重",
        Level.ALERT: "警告",
        Level.CAUTION: "注意",
        Level.INFO: "提醒",
    },
    scopes={"Service": "服务", "Host": "服务器", "Cluster": "集群", "Tenant": "租户"},
    active="告警中",
    inactive="已消除",
    units=(" 天", " 小时", " 分钟", " 秒"),
    tags={
        Kind.RAISED: "{level}",
        Kind.REPEATED: "{level}·已持续 {lasted}",
        Kind.ESCALATED: "{level}·由{former}升级",
        Kind.EASED: "{level}·由{former}降级",
        Kind.UNATTENDED: "{level}·无人认领",
        Kind.CLEARED: "已消除·持续 {lasted}",
        Kind.CLOSED: "已关闭",
    },
    kinds={
        Kind.RAISED: "触发",
        Kind.REPEATED: "重复",
        Kind.ESCALATED: "升级",
        Kind.EASED: "降级",
        Kind.UNATTENDED: "无人认领",
        Kind.CLEARED: "消除",
        Kind.CLOSED: "关闭",
    },
    sentences={
        Kind.RAISED: "{target} 自 {began} 起满足告警条件{so_far}。",
        Kind.REPEATED: "{target} 仍然满足告警条件：自 {began} 起{so_far}，这是第 {reports} 次通知。",
        Kind.ESCALATED: "{target}：告警等级由{former}升为{level}。告警自 {began} 开始{so_far}。",
        Kind.EASED: "{target}：告警等级由{former}降为{level}。告警自 {began} 开始{so_far}。",
        Kind.UNATTENDED: "{target} 仍然满足告警条件：自 {began} 起{so_far}，至今无人认领。",
        Kind.CLEARED: "{target} 已恢复：自 {since} 起不再满足告警条件。告警自 {began} 开始，持续 {lasted}。",
        Kind.CLOSED: "{target} 的告警已关闭：{why}。告警自 {began} 开始{so_far}；关闭不代表故障已消除。",
    },
    of_a_server={
        Kind.RAISED: "IC-Server {target} 的健康检查自 {began} 起失败{so_far}。",
        Kind.REPEATED: "IC-Server {target} 的健康检查仍然失败：自 {began} 起{so_far}，这是第 {reports} 次通知。",
        Kind.UNATTENDED: "IC-Server {target} 的健康检查仍然失败：自 {began} 起{so_far}，至今无人认领。",
        Kind.CLEARED: ("IC-Server {target} 已恢复：健康检查自 {since} 起正常。故障自 {began} 开始，持续 {lasted}。"),
        Kind.CLOSED: (
            "IC-Server {target} 的告警已关闭：{why}。故障自 {began} 开始{so_far}；关闭不代表 IC-Server 已恢复。"
        ),
    },
    of_several={
        Kind.RAISED: "满足告警条件，其中最早的自 {began} 开始{so_far}。",
        Kind.REPEATED: "仍然满足告警条件，其中最早的自 {began} 开始{so_far}；单个告警最多已通知 {reports} 次。",
        Kind.ESCALATED: "告警等级由{former}升为{level}。其中最早的告警自 {began} 开始{so_far}。",
        Kind.EASED: "告警等级由{former}降为{level}。其中最早的告警自 {began} 开始{so_far}。",
        Kind.UNATTENDED: "仍然满足告警条件，其中最早的自 {began} 开始{so_far}，至今无人认领。",
        Kind.CLEARED: "{who}{apart}已恢复：自 {since} 起均不再满足告警条件。"
        "故障最早自 {began} 开始，最长持续 {lasted}。",
        Kind.CLOSED: "{who}{apart}的告警已关闭：{why}。告警最早自 {began} 开始；关闭不代表故障已消除。",
    },
    of_servers={
        Kind.RAISED: "这些 IC-Server 的健康检查失败，其中最早的自 {began} 开始{so_far}。",
        Kind.REPEATED: (
            "这些 IC-Server 的健康检查仍然失败，其中最早的自 {began} 开始{so_far}；单个告警最多已通知 {reports} 次。"
        ),
        Kind.UNATTENDED: "这些 IC-Server 的健康检查仍然失败，其中最早的自 {began} 开始{so_far}，至今无人认领。",
        Kind.CLEARED: "{who}{apart}已恢复：健康检查自 {since} 起均正常。故障最早自 {began} 开始，最长持续 {lasted}。",
    },
    take_over="现为第 {stage} 级催办。请接手人认领告警，认领后不再催办：{ack}",
    drill="演练",
    drill_begins="这是告警链路的演练，没有任何故障。看到的人请确认已收到：{confirm}",
    drill_over="演练已结束，没有发生任何故障。",
    so_far="，已持续 {lasted}",
    closed={
        "target_removed": "该对象已不在监控范围内",
        "rule_removed": "告警规则已删除",
        "rule_disabled": "告警规则已停用",
        "target_excluded": "告警规则已不再覆盖该对象",
    },
    value="监控值：{value}（告警条件：{condition}）",
    last_value="监控值：{value}（告警条件 {condition} 已不满足）",
    measures={PROBE_SECONDS: " 秒", TLS_DAYS_LEFT: " 天"},
    expression="监控表达式：{expression}",
    condition="告警条件：{condition}",
    causes={
        Cause.CONNECTION_REFUSED: ("连接被拒绝", "主机在线，但端口上没有进程监听，ic-server 进程可能未启动"),
        Cause.HTTP_STATUS: ("HTTP 状态码异常", "进程在运行，但不健康"),
        Cause.RESET: ("连接被服务端重置", "进程在运行，但不健康"),
        Cause.BAD_RESPONSE: ("应答无效", "返回的内容不是健康的服务应有的应答，进程在运行，但不健康"),
        Cause.READ_TIMEOUT: ("应答超时", "连接已建立，但在限定时间内没有收到完整应答，进程在运行，但不健康"),
        Cause.TLS: ("TLS 握手失败", "证书不受信任、已过期，或该端口不提供 TLS"),
        Cause.CONNECT_TIMEOUT: ("连接超时", "主机宕机，或报文在途中被丢弃"),
        Cause.HOST_UNREACHABLE: ("主机不可达", "主机宕机，或其所在网段无法到达该主机"),
        Cause.NO_ROUTE: ("无路由", "没有到达该主机的路由，OCP 与该 VPC 之间的网络不通"),
        Cause.DNS: ("域名解析失败", "主机名无法解析为地址"),
    },
    why="：{cause}",
    then="，",
    cause="原因：{cause}（{code}）。{meaning}。",
    last_cause="最近一次失败的原因：{cause}（{code}）。",
    code="{detail}，{code}",
    several_causes="原因：{cause}（{count}{unit}）。{meaning}。",
    several_last_causes="最近一次失败的原因：{cause}（{count}{unit}）。",
    servers=Noun("IC-Server", " 台"),
    groups=Noun("告警对象", " 个", apart=""),
    everything="全部目标",
    a_target="目标",
    count="{count}{unit}{apart}{name}",
    count_of="{of}{unit}中的 {count}{unit}{apart}{name}",
    count_all="全部 {count}{unit}{apart}{name}",
    within="{where} 内 {who}",
    all_within="{where} {who}",
    named="{who}：{name}",
    named_in_the_name=("Inter-Connector 服务端", "IC-Server "),
    share="同批探测的 {of}{unit}{apart}{name}{apart}中，目前有 {failing}{unit}处于告警中。",
    elsewhere="（仅指同批探测的；其他批次还有 {elsewhere}{unit}）",
    in_common="共同标签：{labels}",
    suspect_path=(
        "{where} 的 {of}{unit}{apart}{name}{apart}全部失败{elsewhere}，失败原因均指向网络问题："
        "请优先排查 OCP 与 {where} 之间的网络。"
    ),
    suspect_prober=(
        "同批探测的 {of}{unit}{apart}{name}{apart}全部失败，失败原因均指向网络问题："
        "请同时排查探测点（{source}）自身的网络。"
    ),
    members="涉及的 {count}{unit}{apart}{name}",
    member="已持续 {lasted}",
    member_over="持续 {lasted}",
    heading="【{title}】",
    impact="对系统的影响",
    impact_text="OCP 无法运维和管理其他 VPC 中的 OceanBase 集群及相关资源。",
    possible="可能原因",
    possible_text=(
        "安装 IC-Server 的主机中有故障的，导致 IC-Server 不可连。",
        "网络问题，导致 OCP 无法与个别 IC-Server 建立连接。",
    ),
    handling="处理方法",
    start="请从这里开始：",
    otherwise="若问题仍未解决：",
    steps={
        Step.PROCESS: (
            "登录 IC-Server 主机，检查 ic-server 进程是否正常：\n"
            "    ps -ef|grep ic-server\n"
            "若进程未启动，则重启该进程：\n"
            "    supervisord restart ic-server"
        ),
        Step.LOG: (
            "登录 IC-Server 主机，检查 IC-Server 日志中是否有报错：\n"
            '    grep -r "error" ~/logs/ic-server/server.log\n'
            "“~” 请根据部署实际情况补全路径。若有报错日志，请参考报错日志排查。"
        ),
        Step.HOST: "登录 IC-Server 主机。如果无法登录，请先确认主机故障原因，并确保主机可正常登录。",
        Step.NETWORK: (
            "排查 OCP 与该 VPC 之间的网络：依次检查网线和指示灯（链路状态、速率、双工模式）、"
            "网卡及驱动、网卡配置，以及路由（并 ping 网关）：\n"
            "    ethtool ethX\n"
            "    ifconfig; ethtool -i ethX; lspci; lsmod\n"
            "    cat /etc/sysconfig/network-scripts/ifcfg-ethX\n"
            "    route -n\n"
            "修改网卡配置后，重启网络服务：\n"
            "    service network restart"
        ),
        Step.SUPPORT: "若上述方法都无法解决问题，建议您联系技术支持人员。",
    },
    own_steps="本规则的处理步骤",
    recent_notices="本告警最近的通知",
    told_line="{at}  {kind}  {level}{cause}",
    footer={
        "level": "等级：{value}",
        "scope": "范围：{value}",
        "labels": "标签：{value}",
        "rule": "规则：{value}",
        "source": "探测点：{value}",
        "alarm": "告警 ID：{value}",
        "left_out": "内容超出可存储的大小，以下部分已省略：{value}。请运行 icwatch check。",
    },
    none="无",
    cut="……内容过长，此处已截断。",
)

"""What the cause of a failed probe says about the host, and which step of OCP's procedure to start at.

The table of causes and steps is OCP's (处理方法 of ic_server_connect_failed); the commands are as its documentation
gives them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from icwatch.model import Cause, Language


class Step(StrEnum):
    """The steps of the procedure."""

    PROCESS = "process"
    LOG = "log"
    HOST = "host"
    NETWORK = "network"


STEPS: Mapping[Cause, Step] = {
    Cause.CONNECTION_REFUSED: Step.PROCESS,
    Cause.HTTP_STATUS: Step.LOG,
    Cause.RESET: Step.LOG,
    Cause.BAD_RESPONSE: Step.LOG,
    Cause.READ_TIMEOUT: Step.LOG,
    Cause.TLS: Step.LOG,
    Cause.CONNECT_TIMEOUT: Step.HOST,
    Cause.HOST_UNREACHABLE: Step.HOST,
    Cause.NO_ROUTE: Step.NETWORK,
    Cause.DNS: Step.NETWORK,
}
"""Where to start, by what the probe saw."""


@dataclass(frozen=True, slots=True)
class Advice:
    """One language's words: each cause in short and what it says about the host, and the sentence of each step."""

    causes: Mapping[Cause, tuple[str, str]]
    steps: Mapping[Step, str]


ADVICE: Mapping[Language, Advice] = {
    Language.ZH_CN: Advice(
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
        steps={
            Step.PROCESS: (
                "登录 IC-Server 主机，执行 `ps -ef|grep ic-server` 检查 ic-server 进程是否正常；"
                "若进程未启动，则执行 `supervisord restart ic-server` 重启该进程。"
            ),
            Step.LOG: (
                '登录 IC-Server 主机，执行 `grep -r "error" ~/logs/ic-server/server.log` '
                "检查 IC-Server 日志中是否有报错（“~” 请根据部署实际情况补全路径）。"
            ),
            Step.HOST: "登录 IC-Server 主机；如果无法登录，请先确认主机故障原因，并确保主机可正常登录。",
            Step.NETWORK: (
                "排查 OCP 与该 VPC 之间的网络：检查链路和网卡（`ethtool ethX`、`ifconfig`）、网卡配置，"
                "以及路由（`route -n`，并 ping 网关）。"
            ),
        },
    ),
    Language.EN_US: Advice(
        causes={
            Cause.CONNECTION_REFUSED: (
                "connection refused",
                "the host is up, but nothing listens on the port; the ic-server process is probably down",
            ),
            Cause.HTTP_STATUS: ("wrong HTTP status", "the process is up, but not healthy"),
            Cause.RESET: ("connection reset", "the server broke it off; the process is up, but not healthy"),
            Cause.BAD_RESPONSE: (
                "invalid response",
                "the answer is not what a healthy server gives; the process is up, but not healthy",
            ),
            Cause.READ_TIMEOUT: (
                "no answer",
                "connected, but no complete answer before the deadline; the process is up, but not healthy",
            ),
            Cause.TLS: (
                "TLS handshake failed",
                "the certificate is expired or not trusted, or the port does not speak TLS",
            ),
            Cause.CONNECT_TIMEOUT: ("connect timeout", "the host is down, or packets are dropped on the way"),
            Cause.HOST_UNREACHABLE: ("host unreachable", "the host is down, or its network cannot reach it"),
            Cause.NO_ROUTE: ("no route to the host", "the path between OCP and that VPC is broken"),
            Cause.DNS: ("DNS failure", "the host name does not resolve to an address"),
        },
        steps={
            Step.PROCESS: (
                "Log in to the IC-Server host and check the process with `ps -ef|grep ic-server`; "
                "if it is not running, restart it with `supervisord restart ic-server`."
            ),
            Step.LOG: (
                'Log in to the IC-Server host and look for errors with `grep -r "error" ~/logs/ic-server/server.log` '
                "(complete ~ as IC-Server was deployed)."
            ),
            Step.HOST: (
                "Log in to the IC-Server host; if that fails, find the fault of the host first and make it reachable."
            ),
            Step.NETWORK: (
                "Check the network between OCP and that VPC: link and NIC (`ethtool ethX`, `ifconfig`), "
                "NIC configuration, and routes (`route -n`, and ping the gateway)."
            ),
        },
    ),
}
"""The words of every cause and step, by language."""

"""English."""

from __future__ import annotations

from icwatch.model import PROBE_SECONDS, TLS_DAYS_LEFT, Cause, Kind, Level
from icwatch.notices.locales.shape import Locale, Noun
from icwatch.notices.steps import Step

LOCALE = Locale(
    levels={
        Level.DOWN: "Stopped",
        Level.CRITICAL: "Critical",
        Level.ALERT: "Warning",
        Level.CAUTION: "Caution",
        Level.INFO: "Reminder",
    },
    scopes={"Service": "Service", "Host": "Host", "Cluster": "Cluster", "Tenant": "Tenant"},
    active="Active",
    inactive="Inactive",
    units=("d", "h", "m", "s"),
    tags={
        Kind.RAISED: "{level}",
        Kind.REPEATED: "{level} for {lasted}",
        Kind.ESCALATED: "{level}, was {former}",
        Kind.EASED: "{level}, was {former}",
        Kind.UNATTENDED: "{level}, unattended",
        Kind.CLEARED: "Cleared after {lasted}",
        Kind.CLOSED: "Closed",
    },
    kinds={kind: str(kind) for kind in Kind},
    sentences={
        Kind.RAISED: "{target} has met the alarm's condition since {began}{so_far}.",
        Kind.REPEATED: (
            "{target} still meets the alarm's condition, since {began}{so_far}. This is notice number {reports}."
        ),
        Kind.ESCALATED: "{target}: the level rose from {former} to {level}. It has been active since {began}{so_far}.",
        Kind.EASED: "{target}: the level fell from {former} to {level}. It has been active since {began}{so_far}.",
        Kind.UNATTENDED: (
            "{target} still meets the alarm's condition, since {began}{so_far}, and nobody has acknowledged the alarm."
        ),
        Kind.CLEARED: (
            "{target} has recovered: it has not met the alarm's condition since {since}. "
            "The alarm began at {began} and lasted {lasted}."
        ),
        Kind.CLOSED: (
            "The alarm of {target} was closed: {why}. "
            "It began at {began}{so_far}; closing does not mean that the trouble is over."
        ),
    },
    of_a_server={
        Kind.RAISED: "IC-Server {target} has failed its health check since {began}{so_far}.",
        Kind.REPEATED: (
            "IC-Server {target} still fails its health check, since {began}{so_far}. This is notice number {reports}."
        ),
        Kind.UNATTENDED: (
            "IC-Server {target} still fails its health check, since {began}{so_far}, "
            "and nobody has acknowledged the alarm."
        ),
        Kind.CLEARED: (
            "IC-Server {target} has recovered: its health check has been good since {since}. "
            "The outage began at {began} and lasted {lasted}."
        ),
        Kind.CLOSED: (
            "The alarm of IC-Server {target} was closed: {why}. "
            "The outage began at {began}{so_far}; closing does not mean that the IC-Server has recovered."
        ),
    },
    of_several={
        Kind.RAISED: "They meet the alarm's condition, the first of them since {began}{so_far}.",
        Kind.REPEATED: (
            "They still meet the alarm's condition, the first of them since {began}{so_far}. "
            "Up to {reports} notices were sent of each."
        ),
        Kind.ESCALATED: (
            "Their level rose from {former} to {level}. The first of the alarms has been active since {began}{so_far}."
        ),
        Kind.EASED: (
            "Their level fell from {former} to {level}. The first of the alarms has been active since {began}{so_far}."
        ),
        Kind.UNATTENDED: (
            "They still meet the alarm's condition, the first of them since {began}{so_far}, "
            "and nobody has acknowledged the alarms."
        ),
        Kind.CLEARED: (
            "{who}{apart}have recovered: none of them has met the alarm's condition since {since}. "
            "The first outage began at {began}; the longest lasted {lasted}."
        ),
        Kind.CLOSED: (
            "The alarms of {who}{apart}were closed: {why}. "
            "The first began at {began}; closing does not mean that the trouble is over."
        ),
    },
    of_servers={
        Kind.RAISED: "They fail their health check, the first of them since {began}{so_far}.",
        Kind.REPEATED: (
            "They still fail their health check, the first of them since {began}{so_far}. "
            "Up to {reports} notices were sent of each."
        ),
        Kind.UNATTENDED: (
            "They still fail their health check, the first of them since {began}{so_far}, "
            "and nobody has acknowledged the alarms."
        ),
        Kind.CLEARED: (
            "{who}{apart}have recovered: their health checks have all been good since {since}. "
            "The first outage began at {began}; the longest lasted {lasted}."
        ),
    },
    take_over=(" This is stage {stage} of the escalation, which ends for an alarm that somebody acknowledges: {ack}"),
    drill="DRILL",
    drill_begins=(
        "This is a drill of the alarm path: nothing is broken. Whoever reads it confirms that it arrived: {confirm}"
    ),
    drill_over="The drill is over. Nothing was broken.",
    so_far=" ({lasted} so far)",
    closed={
        "target_removed": "no longer part of what is watched",
        "rule_removed": "the alarm rule was removed",
        "rule_disabled": "the alarm rule was disabled",
        "target_excluded": "not covered by the alarm rule any more",
    },
    value="Value: {value} (alarm condition: {condition})",
    last_value="Value: {value} (the alarm condition {condition} is over)",
    measures={PROBE_SECONDS: " s", TLS_DAYS_LEFT: " days"},
    expression="Expression: {expression}",
    condition="Alarm condition: {condition}",
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
    why=": {cause}",
    then=", ",
    cause="Cause: {cause}; {meaning} ({code}).",
    last_cause="Cause of the last failure: {cause} ({code}).",
    code="{code}: {detail}",
    several_causes="Cause of {count}: {cause}; {meaning}.",
    several_last_causes="Cause of the last failure of {count}: {cause}.",
    servers=Noun("IC-Servers"),
    groups=Noun("alarm targets"),
    everything="all",
    a_target="TARGET",
    count="{count}{unit}{apart}{name}",
    count_of="{count} of {of} {name}",
    count_all="{count} of {of} {name}",
    within="{who} in {where}",
    all_within="{who} in {where}",
    named="{who}: {name}",
    named_in_the_name=(),
    share="{failing} of the {of} {name} of {shard} are in alarm now.",
    elsewhere=" (this is about {shard}; {elsewhere} more are in other shards)",
    in_common="Labels in common: {labels}",
    suspect_path=(
        "{of} of {of} {name} in {where}{elsewhere}: suspect the path between OCP and {where}. "
        "All of them fail in a way that the network explains."
    ),
    suspect_prober=("{of} of {of} {name} of {shard}: suspect the network that they are probed from ({source})."),
    members="The {count} {name}",
    member="for {lasted}",
    member_over="lasted {lasted}",
    heading="{title}:",
    impact="IMPACT",
    impact_text=("OCP cannot operate or manage the OceanBase clusters and related resources in the other VPCs."),
    possible="POSSIBLE CAUSES",
    possible_text=(
        "A host on which IC-Server is installed has a fault, so that IC-Server cannot be reached.",
        "A network problem keeps OCP from connecting to some IC-Servers.",
    ),
    handling="WHAT TO DO",
    start="Start here:",
    otherwise="If that does not solve it:",
    steps={
        Step.PROCESS: (
            "Log in to the IC-Server host and check the ic-server process:\n"
            "    ps -ef|grep ic-server\n"
            "If it is not running, restart it:\n"
            "    supervisord restart ic-server"
        ),
        Step.LOG: (
            "Log in to the IC-Server host and look for errors in its log:\n"
            '    grep -r "error" ~/logs/ic-server/server.log\n'
            "Replace ~ by the path where IC-Server is deployed. Errors in the log say where to look further."
        ),
        Step.HOST: (
            "Log in to the IC-Server host. If that fails, find the fault of the host first and make it reachable."
        ),
        Step.NETWORK: (
            "Check the network between OCP and that VPC: cable and lights (link detected, speed, duplex), the NIC and "
            "its driver, its configuration, and routes (and ping the gateway):\n"
            "    ethtool ethX\n"
            "    ifconfig; ethtool -i ethX; lspci; lsmod\n"
            "    cat /etc/sysconfig/network-scripts/ifcfg-ethX\n"
            "    route -n\n"
            "After a change of the configuration:\n"
            "    service network restart"
        ),
        Step.SUPPORT: "If none of this helps, contact technical support.",
    },
    own_steps="STEPS OF THIS RULE",
    recent_notices="LAST NOTICES OF THIS ALARM",
    told_line="{at}  {kind}  {level}{cause}",
    footer={
        "level": "Level: {value}",
        "scope": "Scope: {value}",
        "labels": "Labels: {value}",
        "rule": "Rule: {value}",
        "source": "Probed from: {value}",
        "alarm": "Alarm: {value}",
        "left_out": "Left out, because all of it is more than can be stored: {value}. See icwatch check.",
    },
    none="none",
    cut="... the rest was too long and is cut here.",
)

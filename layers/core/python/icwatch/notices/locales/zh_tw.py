"""繁體中文. The words are those of OCP's Chinese documentation of ic_server_connect_failed, in traditional form."""

from __future__ import annotations

from icwatch.model import PROBE_SECONDS, TLS_DAYS_LEFT, Cause, Kind, Level
from icwatch.notices.locales.shape import Locale, Noun
from icwatch.notices.steps import Step

LOCALE = Locale(
    levels={
        Level.DOWN: "停服",
        Level.CRITICAL: "嚴重",
        Level.ALERT: "警告",
        Level.CAUTION: "注意",
        Level.INFO: "提醒",
    },
    scopes={"Service": "服務", "Host": "伺服器", "Cluster": "叢集", "Tenant": "租戶"},
    active="告警中",
    inactive="已消除",
    units=(" 天", " 小時", " 分鐘", " 秒"),
    tags={
        Kind.RAISED: "{level}",
        Kind.REPEATED: "{level}·已持續 {lasted}",
        Kind.ESCALATED: "{level}·由{former}升級",
        Kind.EASED: "{level}·由{former}降級",
        Kind.UNATTENDED: "{level}·無人認領",
        Kind.CLEARED: "已消除·持續 {lasted}",
        Kind.CLOSED: "已關閉",
    },
    kinds={
        Kind.RAISED: "觸發",
        Kind.REPEATED: "重複",
        Kind.ESCALATED: "升級",
        Kind.EASED: "降級",
        Kind.UNATTENDED: "無人認領",
        Kind.CLEARED: "消除",
        Kind.CLOSED: "關閉",
    },
    sentences={
        Kind.RAISED: "{target} 自 {began} 起滿足告警條件{so_far}。",
        Kind.REPEATED: "{target} 仍然滿足告警條件：自 {began} 起{so_far}，這是第 {reports} 次通知。",
        Kind.ESCALATED: "{target}：告警等級由{former}升為{level}。告警自 {began} 開始{so_far}。",
        Kind.EASED: "{target}：告警等級由{former}降為{level}。告警自 {began} 開始{so_far}。",
        Kind.UNATTENDED: "{target} 仍然滿足告警條件：自 {began} 起{so_far}，至今無人認領。",
        Kind.CLEARED: "{target} 已恢復：自 {since} 起不再滿足告警條件。告警自 {began} 開始，持續 {lasted}。",
        Kind.CLOSED: "{target} 的告警已關閉：{why}。告警自 {began} 開始{so_far}；關閉不代表故障已消除。",
    },
    of_a_server={
        Kind.RAISED: "IC-Server {target} 的健康檢查自 {began} 起失敗{so_far}。",
        Kind.REPEATED: "IC-Server {target} 的健康檢查仍然失敗：自 {began} 起{so_far}，這是第 {reports} 次通知。",
        Kind.UNATTENDED: "IC-Server {target} 的健康檢查仍然失敗：自 {began} 起{so_far}，至今無人認領。",
        Kind.CLEARED: ("IC-Server {target} 已恢復：健康檢查自 {since} 起正常。故障自 {began} 開始，持續 {lasted}。"),
        Kind.CLOSED: (
            "IC-Server {target} 的告警已關閉：{why}。故障自 {began} 開始{so_far}；關閉不代表 IC-Server 已恢復。"
        ),
    },
    of_several={
        Kind.RAISED: "滿足告警條件，其中最早的自 {began} 開始{so_far}。",
        Kind.REPEATED: "仍然滿足告警條件，其中最早的自 {began} 開始{so_far}；單個告警最多已通知 {reports} 次。",
        Kind.ESCALATED: "告警等級由{former}升為{level}。其中最早的告警自 {began} 開始{so_far}。",
        Kind.EASED: "告警等級由{former}降為{level}。其中最早的告警自 {began} 開始{so_far}。",
        Kind.UNATTENDED: "仍然滿足告警條件，其中最早的自 {began} 開始{so_far}，至今無人認領。",
        Kind.CLEARED: "{who}{apart}已恢復：自 {since} 起均不再滿足告警條件。"
        "故障最早自 {began} 開始，最長持續 {lasted}。",
        Kind.CLOSED: "{who}{apart}的告警已關閉：{why}。告警最早自 {began} 開始；關閉不代表故障已消除。",
    },
    of_servers={
        Kind.RAISED: "這些 IC-Server 的健康檢查失敗，其中最早的自 {began} 開始{so_far}。",
        Kind.REPEATED: (
            "這些 IC-Server 的健康檢查仍然失敗，其中最早的自 {began} 開始{so_far}；單個告警最多已通知 {reports} 次。"
        ),
        Kind.UNATTENDED: "這些 IC-Server 的健康檢查仍然失敗，其中最早的自 {began} 開始{so_far}，至今無人認領。",
        Kind.CLEARED: "{who}{apart}已恢復：健康檢查自 {since} 起均正常。故障最早自 {began} 開始，最長持續 {lasted}。",
    },
    take_over="現為第 {stage} 級催辦。請接手人認領告警，認領後不再催辦：{ack}",
    drill="演練",
    drill_begins="這是告警鏈路的演練，沒有任何故障。看到的人請確認已收到：{confirm}",
    drill_over="演練已結束，沒有發生任何故障。",
    so_far="，已持續 {lasted}",
    closed={
        "target_removed": "該對象已不在監控範圍內",
        "rule_removed": "告警規則已刪除",
        "rule_disabled": "告警規則已停用",
        "target_excluded": "告警規則已不再覆蓋該對象",
    },
    value="監控值：{value}（告警條件：{condition}）",
    last_value="監控值：{value}（告警條件 {condition} 已不滿足）",
    measures={PROBE_SECONDS: " 秒", TLS_DAYS_LEFT: " 天"},
    expression="監控運算式：{expression}",
    condition="告警條件：{condition}",
    causes={
        Cause.CONNECTION_REFUSED: ("連線被拒絕", "主機在線上，但連接埠上沒有行程監聽，ic-server 行程可能未啟動"),
        Cause.HTTP_STATUS: ("HTTP 狀態碼異常", "行程在執行，但不健康"),
        Cause.RESET: ("連線被服務端重設", "行程在執行，但不健康"),
        Cause.BAD_RESPONSE: ("回應無效", "返回的內容不是健康的服務應有的回應，行程在執行，但不健康"),
        Cause.READ_TIMEOUT: ("回應逾時", "連線已建立，但在限定時間內沒有收到完整回應，行程在執行，但不健康"),
        Cause.TLS: ("TLS 交握失敗", "憑證不受信任、已過期，或該連接埠不提供 TLS"),
        Cause.CONNECT_TIMEOUT: ("連線逾時", "主機當機，或封包在途中被丟棄"),
        Cause.HOST_UNREACHABLE: ("主機不可達", "主機當機，或其所在網段無法到達該主機"),
        Cause.NO_ROUTE: ("無路由", "沒有到達該主機的路由，OCP 與該 VPC 之間的網路不通"),
        Cause.DNS: ("網域名稱解析失敗", "主機名稱無法解析為位址"),
    },
    why="：{cause}",
    then="，",
    cause="原因：{cause}（{code}）。{meaning}。",
    last_cause="最近一次失敗的原因：{cause}（{code}）。",
    code="{detail}，{code}",
    several_causes="原因：{cause}（{count}{unit}）。{meaning}。",
    several_last_causes="最近一次失敗的原因：{cause}（{count}{unit}）。",
    servers=Noun("IC-Server", " 台"),
    groups=Noun("告警對象", " 個", apart=""),
    everything="全部目標",
    a_target="目標",
    count="{count}{unit}{apart}{name}",
    count_of="{of}{unit}中的 {count}{unit}{apart}{name}",
    count_all="全部 {count}{unit}{apart}{name}",
    within="{where} 內 {who}",
    all_within="{where} {who}",
    named="{who}：{name}",
    named_in_the_name=("Inter-Connector 服務端", "IC-Server "),
    share="同批探測的 {of}{unit}{apart}{name}{apart}中，目前有 {failing}{unit}處於告警中。",
    elsewhere="（僅指同批探測的；其他批次還有 {elsewhere}{unit}）",
    in_common="共同標籤：{labels}",
    suspect_path=(
        "{where} 的 {of}{unit}{apart}{name}{apart}全部失敗{elsewhere}，失敗原因均指向網路問題："
        "請優先檢查 OCP 與 {where} 之間的網路。"
    ),
    suspect_prober=(
        "同批探測的 {of}{unit}{apart}{name}{apart}全部失敗，失敗原因均指向網路問題："
        "請同時檢查探測點（{source}）自身的網路。"
    ),
    members="涉及的 {count}{unit}{apart}{name}",
    member="已持續 {lasted}",
    member_over="持續 {lasted}",
    heading="【{title}】",
    impact="對系統的影響",
    impact_text="OCP 無法維運和管理其他 VPC 中的 OceanBase 叢集及相關資源。",
    possible="可能原因",
    possible_text=(
        "安裝 IC-Server 的主機中有故障的，導致 IC-Server 不可連。",
        "網路問題，導致 OCP 無法與個別 IC-Server 建立連線。",
    ),
    handling="處理方法",
    start="請從這裡開始：",
    otherwise="若問題仍未解決：",
    steps={
        Step.PROCESS: (
            "登入 IC-Server 主機，檢查 ic-server 行程是否正常：\n"
            "    ps -ef|grep ic-server\n"
            "若行程未啟動，則重新啟動該行程：\n"
            "    supervisord restart ic-server"
        ),
        Step.LOG: (
            "登入 IC-Server 主機，檢查 IC-Server 日誌中是否有錯誤訊息：\n"
            '    grep -r "error" ~/logs/ic-server/server.log\n'
            "「~」請根據部署實際情況補齊路徑。若日誌中有錯誤訊息，請據此檢查。"
        ),
        Step.HOST: "登入 IC-Server 主機。如果無法登入，請先確認主機故障原因，並確保主機可正常登入。",
        Step.NETWORK: (
            "檢查 OCP 與該 VPC 之間的網路：依序檢查網路線和指示燈（鏈路狀態、速率、雙工模式）、"
            "網路卡及驅動程式、網路卡設定，以及路由（並 ping 閘道）：\n"
            "    ethtool ethX\n"
            "    ifconfig; ethtool -i ethX; lspci; lsmod\n"
            "    cat /etc/sysconfig/network-scripts/ifcfg-ethX\n"
            "    route -n\n"
            "修改網路卡設定後，重新啟動網路服務：\n"
            "    service network restart"
        ),
        Step.SUPPORT: "若上述方法都無法解決問題，建議您聯絡技術支援人員。",
    },
    own_steps="本規則的處理步驟",
    recent_notices="本告警最近的通知",
    told_line="{at}  {kind}  {level}{cause}",
    footer={
        "level": "等級：{value}",
        "scope": "範圍：{value}",
        "labels": "標籤：{value}",
        "rule": "規則：{value}",
        "source": "探測點：{value}",
        "alarm": "告警 ID：{value}",
        "left_out": "內容超出可儲存的大小，以下部分已省略：{value}。請執行 icwatch check。",
    },
    none="無",
    cut="……內容過長，此處已截斷。",
)

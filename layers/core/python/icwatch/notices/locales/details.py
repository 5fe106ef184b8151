"""What the system and the prober say of a probe, in other languages than their own, which is English.

Each is a pattern and what takes its place. What a server answered, and what is not here, is shown as it was said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from icwatch.model import Language

Phrases = Sequence[tuple[str, str]]


def _phrases(*texts: tuple[str, str, str]) -> Mapping[Language, Phrases]:
    """Each as a pattern, in simplified and in traditional Chinese."""
    return {
        language: tuple((rf"\b{phrase[0]}(?!\w)", phrase[place]) for phrase in texts)
        for place, language in ((1, Language.ZH_CN), (2, Language.ZH_TW))
    }


_REFUSED = (
    ("a loopback address", "环回地址", "回送位址"),
    ("a link-local address", "链路本地地址", "鏈路本地位址"),
    ("the metadata service of a cloud", "云平台的元数据服务", "雲端平台的中繼資料服務"),
    ("a multicast address", "组播地址", "群播位址"),
    ("the broadcast address", "广播地址", "廣播位址"),
    ("the unspecified address", "未指定地址", "未指定位址"),
    ("an address of AWS's own services", "AWS 自身服务的地址", "AWS 自身服務的位址"),
    ("an address of 'this network', which means this machine", "“本网络”的地址，即本机", "「本網路」的位址，即本機"),
)
"""What an address is that a prober does not connect to."""

DETAILS = _phrases(
    (r"(\d+) of \1 targets", r"全部 \1 台", r"全部 \1 台"),
    (r"(\d+) of (\d+) targets", r"\2 台中的 \1 台", r"\2 台中的 \1 台"),
    (r"(\d+) of them", r"共 \1 项", r"共 \1 項"),
    ("no control endpoint could be reached either", "对照地址也全部不可达", "對照位址也全部無法連線"),
    ("nobody has confirmed it", "无人确认收到", "無人確認收到"),
    (r"(.+), in (\d+) attempts", r"\1，共尝试 \2 次", r"\1，共嘗試 \2 次"),
    (r"no connection within ([\d.]+)s", r"\1 秒内未建立连接", r"\1 秒內未建立連線"),
    (r"no TLS handshake within ([\d.]+)s", r"\1 秒内未完成 TLS 握手", r"\1 秒內未完成 TLS 交握"),
    (r"no complete answer within ([\d.]+)s", r"\1 秒内未收到完整应答", r"\1 秒內未收到完整回應"),
    (r"no answer for (\S+) within ([\d.]+)s", r"\2 秒内未解析出 \1", r"\2 秒內未解析出 \1"),
    ("Connection refused", "连接被拒绝", "連線被拒絕"),
    ("Connection reset by peer", "连接被对端重置", "連線被對端重設"),
    ("Connection timed out", "连接超时", "連線逾時"),
    ("No route to host", "没有到主机的路由", "沒有到主機的路由"),
    ("Host is down", "主机已关闭", "主機已關閉"),
    ("Network is unreachable", "网络不可达", "網路不可達"),
    ("Network is down", "网络已断开", "網路已中斷"),
    ("Name or service not known", "域名不存在", "網域名稱不存在"),
    ("No address associated with hostname", "域名没有对应的地址", "網域名稱沒有對應的位址"),
    ("Temporary failure in name resolution", "域名解析暂时失败", "網域名稱解析暫時失敗"),
    ("the lookup gave no address", "解析结果中没有地址", "解析結果中沒有位址"),
    ("the server closed without an answer", "服务端未应答即关闭连接", "伺服器端未回應即關閉連線"),
    (
        "the server closed before the headers were complete",
        "响应头未发完，服务端即关闭连接",
        "回應標頭未傳完，伺服器端即關閉連線",
    ),
    (
        "the server closed before the body was complete",
        "响应体未发完，服务端即关闭连接",
        "回應內文未傳完，伺服器端即關閉連線",
    ),
    (r"the headers are larger than (\d+) bytes", r"响应头超过 \1 字节", r"回應標頭超過 \1 位元組"),
    (
        "the answer does not begin with an HTTP/1.x status line",
        "应答开头不是 HTTP/1.x 状态行",
        "回應開頭不是 HTTP/1.x 狀態列",
    ),
    ("a chunk has no valid size", "分块的长度无效", "分塊的長度無效"),
    ("a chunk is longer than its size", "分块超出所声明的长度", "分塊超出所宣告的長度"),
    ("a header line is malformed", "响应头格式有误", "回應標頭格式有誤"),
    ("the content length is not one number", "Content-Length 不是唯一的数字", "Content-Length 不是唯一的數字"),
    ("the transfer encoding is not known", "Transfer-Encoding 无法识别", "Transfer-Encoding 無法識別"),
    (
        r"the body cannot be checked: it is encoded \((.+)\), and unencoded was asked for",
        r"响应体经过编码（\1），而探测要求不编码，无法检查",
        r"回應內文經過編碼（\1），而探測要求不編碼，無法檢查",
    ),
    (r"the body does not hold ('.*')", r"响应体中没有 \1", r"回應內文中沒有 \1"),
    (r"the body does not match ('.*')", r"响应体不匹配 \1", r"回應內文不符合 \1"),
    ("the trust store cannot be read", "无法读取受信任的证书", "無法讀取受信任的憑證"),
    (r"this machine has no IPv6 \((.+)\)", r"探测点没有 IPv6（\1）", r"探測點沒有 IPv6（\1）"),
    ("too little time was left for it in the sweep", "本次采集剩余时间不足", "本次採集剩餘時間不足"),
    ("the sweep does not have it", "采集结果中没有该目标", "採集結果中沒有該目標"),
    ("the prober itself paused", "探测程序自身曾停顿", "探測程式自身曾停頓"),
    ("Cannot assign requested address", "探测点无法使用该类地址", "探測點無法使用該類位址"),
    ("Address family not supported by protocol", "探测点不支持该类地址", "探測點不支援該類位址"),
    ("Too many open files", "探测点打开的文件过多", "探測點開啟的檔案過多"),
    ("Cannot allocate memory", "探测点内存不足", "探測點記憶體不足"),
    ("Operation not permitted", "探测点不允许该操作", "探測點不允許該操作"),
    ("Permission denied", "探测点没有权限", "探測點沒有權限"),
    ("forbidden", "禁止探测", "禁止探測"),
    *(
        (
            rf"(\S+) is an IPv6 form of (\S+), {english}",
            rf"\1 是 \2 的 IPv6 形式，即{plain}",
            rf"\1 是 \2 的 IPv6 形式，即{old}",
        )
        for english, plain, old in _REFUSED
    ),
    *((rf"is {english}", rf"是{plain}", rf"是{old}") for english, plain, old in _REFUSED),
)

MARKS = (
    (": (?=[\u4e00-\u9fff“「])", "："),
    ("(?<=[\u4e00-\u9fff）]), ", "，"),
    ("(?<=[\u4e00-\u9fff）]); ", "；"),
    ("(?<=[\u4e00-\u9fff]): ", "："),
)
"""The punctuation of Chinese beside it, as patterns and what takes their place."""

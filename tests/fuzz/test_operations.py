"""What operations are told, whatever reasons and names are made of: within SNS's limits, on one line, and no link."""

from __future__ import annotations

import json
import re

from hypothesis import example, given
from hypothesis import strategies as st

from icwatch.delivery.idempotency import messages_of, notice_of
from icwatch.model import UNREADABLE, UNSEEN, Decision, HttpsForm, Language, MonitoringReport
from icwatch.notices import MAX_MESSAGE, Style
from icwatch.notices.payload import encoded_size

AT = 1_795_316_400
texts = st.text(max_size=30) | st.sampled_from(
    ["http://evil.com/x", "[restart it](https://evil.com)", "@here *now*", "\u202e\n\r\0", "忙" * 400, "a" * 400, ""]
)
reports = st.builds(
    MonitoringReport,
    kind=st.sampled_from([UNSEEN, UNREADABLE]),
    subject=texts | st.sampled_from(["10.0.0.7", "ic-7.example.com:9000", "[fe80::1]:80", "rule vpc_failed"]),
    since=st.integers(0, AT),
    reason=texts,
    ended=st.sampled_from(["", "", "seen", "removed", "readable"]),
)
WORST = MonitoringReport(UNSEEN, "忙" * 400, 0, '"' * 400)


@given(st.lists(reports, min_size=1, max_size=3), texts, st.sampled_from(Language))
@example([WORST] * 300, "忙" * 400, Language.ZH_CN)
def test_any_report_can_be_sent_and_followed_nowhere(
    several: list[MonitoringReport], source: str, language: Language
) -> None:
    decision = Decision("shard-0001", AT, (), {}, source=source, monitoring=tuple(several))
    (told,) = messages_of(decision)
    notice = notice_of(decision, told, Style(language, https=HttpsForm.CHATBOT))
    assert 0 < len(notice.subject) < 100
    assert notice.subject.isprintable()
    assert len(notice.sms.encode("ascii" if notice.sms.isascii() else "utf-16-le")) <= 140
    assert sum(map(encoded_size, notice.messages.values())) < MAX_MESSAGE - 1024
    body = json.loads(notice.body)
    assert len(body["reports"]) + body["omitted"] == len(decision.monitoring)
    card = json.loads(notice.messages["https"])["content"]
    for text in (notice.subject, notice.text, notice.sms, card["title"], card["description"]):
        assert not re.search(r"https?://", text)
    assert notice_of(decision, told, Style(language, https=HttpsForm.CHATBOT)) == notice

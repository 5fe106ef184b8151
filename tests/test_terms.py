"""Chinese texts call each thing by one word: that of the list in CONTRIBUTING.md."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = [*ROOT.glob("README.zh-CN.md"), *ROOT.glob("docs/zh-CN/*.md")]
LOCALES = [
    *ROOT.glob("layers/core/python/icwatch/**/locales/*.py"),
    *ROOT.glob("cli/icwatch_cli/**/locales/*zh*"),
]
NOTICES = [*ROOT.glob("tests/golden/zh-*/*.txt"), *ROOT.glob("tests/golden/zh-*/*.json")]

AVOIDED = (
    "探测端|探測端|探测器|探測器|探测函数|探测对象|未观测到|未觀測到|无人处理|無人處理|无人确认(?!收到)|無人確認(?!收到)"
    "|演习|演習|评估|評估|通知器|样本|樣本|采样|採樣|静默|靜默"
    r"|[0-9}] ?[个個] ?(?:IC-Server|服务器|伺服器)|\d+/\d+ [个個]"
)

MAINLAND = (
    "網絡|服務器|應答|當前|匹配|賬號|賬戶|腳本|協議|退出碼|默認|信息|用戶|數據|存儲|訪問|響應|字節|"
    "內存|隊列|告警.{0,4}解除"
)
"""Of traditional texts: what is said otherwise in Taiwan, or by this project."""

TRADITIONAL = [path for path in LOCALES if "TW" in path.name or "tw" in path.name]
TEXTS = [*ROOT.glob("cli/icwatch_cli/live/*texts.py"), ROOT / "layers/core/python/icwatch/notices/locales/details.py"]


def test_traditional_texts_have_the_words_of_taiwan() -> None:
    assert len(TRADITIONAL) > 7
    lines = [f"{path.name}: {line}" for path in TRADITIONAL for line in path.read_text("utf-8").splitlines()]
    assert [line for line in lines if re.search(MAINLAND, line)] == []


def test_no_blank_stands_behind_full_width_punctuation() -> None:
    """But before the end of a cell of a table, and beside code."""
    for path in (*DOCUMENTS, *LOCALES, *TEXTS, *NOTICES):
        for line in path.read_text("utf-8").splitlines():
            assert not re.search(r"[：，；。、！？（「“] (?=[^ |`])", line), f"{path.name}: {line}"


@pytest.mark.parametrize("paths", [DOCUMENTS, LOCALES, NOTICES], ids=["documents", "locales", "notices"])
def test_no_other_word_is_used(paths: Sequence[Path]) -> None:
    assert len(paths) > 10
    lines = [f"{path.relative_to(ROOT)}: {line}" for path in paths for line in path.read_text("utf-8").splitlines()]
    assert [line for line in lines if re.search(AVOIDED, line)] == []


def test_no_notice_that_people_read_speaks_of_shards_or_of_a_group_by_its_label() -> None:
    """An alarm's id is as it is, and the labels in common are labels."""
    for path in NOTICES:
        for line in path.read_text("utf-8").splitlines() if path.suffix == ".txt" else ():
            if not line.startswith(("告警 ID", "标签", "標籤", "共同标签", "共同標籤")):
                assert not re.search(r"分片|vpc=|\d of \d", line), f"{path.name}: {line}"

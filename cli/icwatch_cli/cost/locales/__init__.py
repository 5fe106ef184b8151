"""The words of `icwatch cost` in each language. All have the same texts, with the same braces to be filled in.

In the words of a unit, what stands before a bar belongs to the number before it, and not to the unit's name.
"""

from __future__ import annotations

from collections.abc import Mapping

from icwatch.model import Language
from icwatch_cli.cost.locales import en_us, zh_cn, zh_tw

WORDS: Mapping[Language, Mapping[str, str]] = {
    Language.EN_US: en_us.WORDS,
    Language.ZH_CN: zh_cn.WORDS,
    Language.ZH_TW: zh_tw.WORDS,
}

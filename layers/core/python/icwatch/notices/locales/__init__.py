"""The words of notices, one module a language. Those for levels, scopes and states, and the handling, are OCP's."""

from __future__ import annotations

from collections.abc import Mapping

from icwatch.model import Language
from icwatch.notices.locales import en_us, zh_cn, zh_tw
from icwatch.notices.locales.shape import Words

WORDS: Mapping[Language, Words] = {
    Language.ZH_CN: zh_cn.WORDS,
    Language.EN_US: en_us.WORDS,
    Language.ZH_TW: zh_tw.WORDS,
}

__all__ = ["WORDS", "Words"]

"""The words of notices, one module a language. Those for levels, scopes and states, and the handling, are OCP's."""

from __future__ import annotations

from collections.abc import Mapping

from icwatch.model import Language
from icwatch.notices.locales import en_us, zh_cn, zh_tw
from icwatch.notices.locales.shape import Locale

LOCALES: Mapping[Language, Locale] = {
    Language.ZH_CN: zh_cn.LOCALE,
    Language.EN_US: en_us.LOCALE,
    Language.ZH_TW: zh_tw.LOCALE,
}

__all__ = ["LOCALES", "Locale"]

"""The texts of the page, a module for each language. Names of causes, levels and steps are those of notices."""

from __future__ import annotations

from collections.abc import Mapping

from icwatch.model import Language
from icwatch_cli.page.locales import en_us, zh_cn, zh_tw
from icwatch_cli.page.locales.shape import PageLocale

PAGE_LOCALES: Mapping[Language, PageLocale] = {
    Language.ZH_CN: zh_cn.LOCALE,
    Language.ZH_TW: zh_tw.LOCALE,
    Language.EN_US: en_us.LOCALE,
}

__all__ = ["PAGE_LOCALES", "PageLocale"]

"""The words of commands, a module for each language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from icwatch.model import Language
from icwatch_cli.terminal.locales import en_us, zh_cn, zh_tw
from icwatch_cli.terminal.locales.shape import ApplyWords, CommandLocale, InitWords, SilenceWords

__all__ = ["COMMAND_LOCALES", "ApplyWords", "CommandLocale", "InitWords", "SilenceWords"]

COMMAND_LOCALES: Final[Mapping[Language, CommandLocale]] = {
    Language.EN_US: en_us.LOCALE,
    Language.ZH_CN: zh_cn.LOCALE,
    Language.ZH_TW: zh_tw.LOCALE,
}
"""By language."""

"""Texts from outside (what a server said, labels, names of groups) that no client takes for more than text. Pure.

Mail programs, telephones and chats make links of whatever looks like one, and chats read Markdown, mentions and emoji.
Only a rule's own texts may do that. What would be taken for a link is broken where a reader sees it, as security
reports write it: `http[:]//evil[.]com`. Programs get the texts as they are, in the JSON.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from icwatch.address import parse_address
from icwatch.announcements.grouping import Announcement
from icwatch.model import Override, Rule, Transition

Change = Callable[[str], str]

_BREAKS = (
    (":", re.compile(r"(?<=\w):(?=//)"), "[:]"),
    (
        ":",
        re.compile(
            r"\b(mailto|tel|sms|callto|skype|facetime|sips?|xmpp|geo|magnet|news|file|data|javascript):(?=\S)", re.I
        ),
        r"\1[:]",
    ),
    (".", re.compile(r"(?<=\w)\.(?=[^\W\d])"), "[.]"),  # before a letter: that of a domain, never that of a number
    ("\\", re.compile(r"(?<![\w\\])\\{2,}(?=\w)"), r"[\g<0>]"),  # \\server\share
)
"""What none of the patterns matches without, the pattern, and what its matches become."""

_MARKUP = str.maketrans({"*": "＊", "~": "～", "[": "［", "]": "］", "@": "＠", "#": "＃", "`": "'"})
_EDGES = re.compile(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
"""An underscore that could begin or end something; within a word it means nothing."""

_EMOJI = re.compile(r"(?<!\w):(?=[\w+-]+:)")
_OPENING = re.compile(r"\A(?=\s*(?:>|[-+]\s|---|[0-9]+[.)]\s))")
"""What is a quotation, a list or a rule at the beginning of a line."""


def without_links(text: str) -> str:
    """The text for a mail or an SMS: nothing in it is a URL, an address of mail or the name of a host."""
    for needed, pattern, broken in _BREAKS:
        if needed in text:  # most texts need nothing, and a storm has ten thousand of them
            text = pattern.sub(broken, text)
    return text


def without_markup(text: str) -> str:
    """The text for a chat: neither links nor Markdown, mentions, channels or emoji, in Slack's dialect and Teams's.

    Slack has no escape for them, so wide forms take their places. `<`, `>` and `&` are left to the card.
    """
    text = _without_edges(text.translate(_MARKUP))
    return without_links(_OPENING.sub("'", _EMOJI.sub("：", text)))


def for_mail(announcement: Announcement) -> Announcement:
    """The announcement as mails and SMS show it: its texts from outside without links."""
    return _changed(announcement, without_links, str)


def for_chat(announcement: Announcement) -> Announcement:
    """The announcement as chats show it: its texts from outside without links and markup."""
    return _changed(announcement, without_markup, _without_edges)


def name_for_chat(target: str) -> str:
    """The name of a target or of a group as chats show it."""
    return _name(target, without_markup, _without_edges)


def _changed(announcement: Announcement, change: Change, of_address: Change) -> Announcement:
    """With `change` made to every text from outside. A target's address stays what people type, but for markup.

    The matches of the rule's overrides are changed alike, so that the same ones hold.
    """
    return replace(
        announcement,
        transitions=tuple(_transition(each, change, of_address) for each in announcement.transitions),
        rule=_rule(announcement.rule, change, of_address),
        shard=change(announcement.shard),
        source=change(announcement.source),
        shares=tuple(
            replace(share, label=change(share.label), value=change(share.value)) for share in announcement.shares
        ),
    )


def _transition(transition: Transition, change: Change, of_address: Change) -> Transition:
    failure = transition.failure
    return replace(
        transition,
        target=_name(transition.target, change, of_address),
        failure=None if failure is None else replace(failure, detail=change(failure.detail)),
        labels=_labels(transition.labels, change),
    )


def _rule(rule: Rule, change: Change, of_address: Change) -> Rule:
    def override(each: Override) -> Override:
        match = {
            name: _name(value, change, of_address) if name == "target" else change(value)
            for name, value in each.match.items()
        }
        return replace(each, match=match)

    return replace(rule, overrides=tuple(map(override, rule.overrides)))


def _labels(labels: Mapping[str, str], change: Change) -> dict[str, str]:
    return {change(name): change(value) for name, value in labels.items()}


def _name(target: str, change: Change, of_address: Change) -> str:
    """The name of a target or of a group."""
    try:
        parse_address(target)
    except ValueError:
        return change(target)
    return of_address(target)


def _without_edges(text: str) -> str:
    return _EDGES.sub("＿", text) if "_" in text else text

"""What the page says of current alarms. Pure."""

from __future__ import annotations

import shlex

from icwatch.model import Alarm, Cause, Kind, Transition
from icwatch.notices.language import in_language
from icwatch.notices.names import said, unit_of
from icwatch.notices.variables import fill, shown, variables
from icwatch.text import one_line
from icwatch_cli.page.card import Card
from icwatch_cli.page.words import Words, tidy

ANSWERS = frozenset({Cause.HTTP_STATUS, Cause.BAD_RESPONSE, Cause.READ_TIMEOUT, Cause.RESET, Cause.TLS})
"""The causes with which a server was reached and is not well."""


TELLING = frozenset({Cause.HTTP_STATUS, Cause.BAD_RESPONSE, Cause.TLS, Cause.DNS})
"""The causes of which the detail says more than their name."""


class CardWords(Words):
    """The words of a language for current alarms."""

    def who(self, card: Card) -> str:
        """Whom a card is about: a target, or how many of a place."""
        if not card.many:
            return card.worst.target
        where = card.place or (self.group(card.worst.target) if card.group else self.texts.fleet)
        if not card.about_health or not card.failing:
            return self.texts.some_of.format(where=where, servers=self.servers(card.of)) if card.of else where
        text = self.texts.all_of if card.failing == card.of else self.texts.part_of
        return text.format(where=where, failing=f"{card.failing:,}", servers=self.servers(card.of), of=f"{card.of:,}")

    def title(self, card: Card) -> str:
        """Whom it is about and what is wrong, without the cause."""
        if not card.about_health or (card.group and not card.failing):
            return self.texts.named.format(who=self.who(card), name=self.rule(card.rule))
        text = self.texts.unhealthy if card.cause in ANSWERS else self.texts.unreachable
        return tidy(text.format(who=self.who(card)))

    def why(self, card: Card) -> str:
        """The cause in short, of several the most frequent with how many; or the value that was measured."""
        if not card.about_health:
            unit = unit_of(card.rule, self.notices)
            value, threshold = (
                shown(card.value) + (unit if card.value is not None else ""),
                card.rule.threshold_of(card.level),
            )
            return value if threshold is None else f"{value} {card.rule.comparator} {threshold}{unit}"
        if not card.many or card.cause is None:
            return self.cause(card.failure)
        if len(card.causes) == 1:
            return self.notices.causes[card.cause][0]
        return self.texts.listing.join(
            self.texts.cause_of.format(cause=self.notices.causes[cause][0], count=count)
            for cause, count in card.causes.items()
        )

    def suspect(self, card: Card) -> str:
        """What to suspect: the path to a place, or what the cause means of a host."""
        if card.suspects_path and card.place:
            return self.texts.suspect_path.format(where=card.place)
        return "" if card.cause is None else self.notices.causes[card.cause][1]

    def brief(self, card: Card) -> str:
        """A card beside the one that the sentence is about."""
        who = self.who(card)
        if card.place and not card.many:
            who = self.texts.in_place.format(who=who, place=card.place)
        text = self.texts.also_clearing if card.clearing else self.texts.also_failing
        return tidy(text.format(who=who, why=self.why(card)))

    def first_step(self, card: Card) -> tuple[str, str]:
        """Where to start, and a command for it: the rule's own first step, otherwise that of OCP's procedure."""
        if card.rule.runbook:
            alarm = card.worst
            values = variables(as_transition(alarm), card.rule, self.language, self.zone)
            return fill(in_language(card.rule.runbook, self.language)[0], values), ""
        return ("", "") if card.step is None else _first_lines(self.notices.steps[card.step])

    def start(self, card: Card) -> str:
        """Where to start, with the command for it, as one text; empty where nothing is to be done."""
        step, command = self.first_step(card)
        if card.clearing or not step:
            return ""
        gap = "" if self.texts.first.endswith("：") else " "
        return f"{self.texts.first}{gap}{step}{self.texts.comment.format(text=command) if command else ''}"

    def goes(self, card: Card) -> str:
        """How it goes: why it fails, or how far it is from clearing."""
        if not card.clearing:
            return self.why(card)
        return self.texts.good_for.format(held=self.lasted(card.held), of=self.lasted(card.clears_after))

    def take(self, card: Card, option: str) -> str:
        """The command by which somebody takes it over."""
        target = card.worst.target if not card.many or card.group else self.texts.a_target
        return f"icwatch ack {shlex.quote(target)} {option}"

    def detail(self, card: Card) -> str:
        """What the last probe that failed said, where that says more than the cause."""
        if card.many or card.clearing or card.failure is None or card.failure.cause not in TELLING:
            return ""
        detail = one_line(said(card.failure.detail, self.language), 90)
        return "" if detail.lower() in self.why(card).lower() else detail

    def told(self, card: Card, now: int) -> str:
        """How often people were told of it, when they will be again, and when it goes to others."""
        texts = self.texts
        if card.silence is not None:
            until = self.clock(card.silence.ends_at, now)
            by = texts.by.format(name=card.silence.by) if card.silence.by else ""
            comment = texts.comment.format(text=card.silence.comment) if card.silence.comment else ""
            return texts.silenced_until.format(until=until) + by + comment
        if not card.notices:
            return texts.not_told
        parts = [(texts.told_once if card.notices == 1 else texts.told).format(count=card.notices)]
        if card.stage:
            parts.append(texts.stage.format(stage=card.stage, of=max(card.stage, len(card.rule.unattended_after))))
        if card.next_notice is not None:
            parts.append(texts.next_notice.format(at=self.clock(max(card.next_notice, now), now)))
        if card.next_stage is not None:
            parts.append(texts.next_stage.format(stage=card.stage + 1, at=self.clock(max(card.next_stage, now), now)))
        return texts.clauses.join(parts)

    def owner(self, card: Card, now: int) -> str:
        """Who has it, since and until when, and what for; that nobody has, where somebody should."""
        known = card.acknowledgement
        if known is None:
            return "" if card.clearing or card.silence is not None else self.texts.nobody
        text = self.texts.has_it if known.holds(now) else self.texts.had_it
        until = "" if known.ends_at is None else self.texts.until.format(at=self.clock(known.ends_at, now))
        comment = self.texts.comment.format(text=known.comment) if known.comment else ""
        return text.format(name=known.by or self.texts.somebody, at=self.clock(known.at, now)) + until + comment

    def is_taken(self, card: Card, now: int) -> bool:
        """Whether somebody has it now."""
        return card.acknowledgement is not None and card.acknowledgement.holds(now)


def _first_lines(step: str) -> tuple[str, str]:
    """The sentence that a step begins with, and the first command that follows it."""
    first, *rest = step.split("\n")
    return first.rstrip(":："), rest[0].strip() if rest and rest[0].startswith("    ") else ""


def as_transition(alarm: Alarm) -> Transition:
    """What a notice of an alarm would be made of now."""
    return Transition(
        rule=alarm.rule,
        target=alarm.target,
        kind=Kind.REPEATED,
        at=alarm.seen,
        raised_at=alarm.raised_at,
        began_at=alarm.began_at,
        since=alarm.since,
        level=alarm.level,
        value=alarm.value,
        reason="",
        reports=alarm.reports,
        failure=alarm.failure,
        labels=alarm.labels,
    )

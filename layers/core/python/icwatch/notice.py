"""Notices: what a person reads about one transition. Pure; every limit of SNS is kept here.

Nothing in it comes from a server unbounded or unescaped: a failure's detail was bounded where it was read, labels
and names were checked when the fleet was applied, and templates are filled in one pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, timezone

from icwatch.cause import ADVICE, STEPS, Step
from icwatch.duration import spell
from icwatch.expression import metrics_of
from icwatch.model import ENDS, HEALTH, TARGET, Failure, Kind, Language, Rule, Transition
from icwatch.template import render
from icwatch.variables import MAX_TEMPLATED, moment, seconds_lasted, shorten, shown, threshold, variables
from icwatch.words import WORDS, Words

MAX_SUBJECT = 99
"""Characters. SNS takes a subject of under 100, on one line."""

MAX_SMS = 140
"""Bytes: 140 characters of ASCII, or 70 of UTF-16, in which a message with Chinese in it is sent."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One message: a subject line, the text, a short form for SMS, and attributes that subscribers filter by."""

    id: str
    subject: str
    text: str
    sms: str
    attributes: Mapping[str, str | int | tuple[str, ...]]


def write_notice(transition: Transition, rule: Rule, language: Language, zone: timezone = UTC) -> Notice:
    """Say in `language` what `transition` decided, with times in `zone`.

    The first that anybody is told of an alarm is that it was raised, also where a silence or another alarm kept that
    back and it comes with a repeat: who filters repeats out must not hear of the end alone.
    """
    notice_id = transition.id
    if transition.first:
        transition = replace(transition, kind=Kind.RAISED, former_level=None)
    subject = _subject(transition, rule, language)
    return Notice(
        id=notice_id,
        subject=shorten(subject, MAX_SUBJECT * 2, "utf-16-le"),
        text=_text(transition, rule, language, zone),
        sms=shorten(subject, MAX_SMS) if subject.isascii() else shorten(subject, MAX_SMS, "utf-16-le"),
        attributes={"notice_id": notice_id, **_attributes(transition, rule)},
    )


def _condition(transition: Transition, rule: Rule) -> str:
    return f"{rule.comparator} {threshold(transition, rule)}"


def _is_about_health(rule: Rule) -> bool:
    """Whether an alarm says that IC-Servers cannot be reached, rather than anything else that a rule may measure."""
    return metrics_of(rule.program) == (HEALTH,)


def _fields(transition: Transition, rule: Rule, words: Words, zone: timezone) -> dict[str, object]:
    """What the format strings of `words` are filled with."""
    seconds = seconds_lasted(transition)
    lasted = spell(seconds, words.units)
    former = transition.former_level
    return {
        "target": transition.target,
        "level": words.levels[transition.level],
        "former": "" if former is None else words.levels[former],
        "value": shown(transition.value),
        "condition": _condition(transition, rule),
        "began": moment(transition.began_at, zone),
        "since": moment(transition.since, zone),
        "lasted": lasted,
        "so_far": words.so_far.format(lasted=lasted) if seconds else "",
        "reports": transition.reports,
        "why": words.closed.get(transition.reason, transition.reason),
    }


def _subject(transition: Transition, rule: Rule, language: Language) -> str:
    words = WORDS[language]
    tag = words.tags[transition.kind].format(**_fields(transition, rule, words, UTC))
    why = ""
    if transition.failure is not None and transition.kind not in ENDS:
        why = words.why.format(cause=ADVICE[language].causes[transition.failure.cause][0])
    elif transition.kind not in ENDS:
        why = words.why.format(cause=f"{shown(transition.value)} {_condition(transition, rule)}")
    return f"[{tag}] {transition.target} {rule.display_name[language]}{why}"


def _text(transition: Transition, rule: Rule, language: Language, zone: timezone) -> str:
    words = WORDS[language]
    values = variables(transition, rule, language, zone)
    head = [str(values["alarm_summary"])]
    if values["alarm_description"] != values["alarm_summary"]:
        head.append(str(values["alarm_description"]))
    body = _body(transition, rule, language, zone)
    if transition.kind in ENDS:
        head, body = body, head  # what a preview of the mail shows must not read like a new outage
    else:
        body += [words.impact] if _is_about_health(rule) else []
        body += _runbook(rule, language, values)
    labels = ", ".join(f"{name}={value}" for name, value in sorted(transition.labels.items()))
    footer = words.footer.format(
        level=words.levels[transition.level],
        scope=words.scopes[rule.scope],
        labels=labels or words.no_labels,
        rule=rule.name,
    )
    return "\n".join([*head, "", *body, "", footer]) + "\n"


def _body(transition: Transition, rule: Rule, language: Language, zone: timezone) -> list[str]:
    """What happened, and why."""
    words = WORDS[language]
    of_a_server = _is_about_health(rule) and rule.group_by == (TARGET,)
    sentences = {**words.sentences, **words.of_a_server} if of_a_server else words.sentences
    body = [sentences[transition.kind].format(**_fields(transition, rule, words, zone))]
    if not of_a_server and rule.expression:
        body.append(words.expression.format(expression=rule.expression, condition=_condition(transition, rule)))
    if transition.failure is not None:
        body += _cause(transition, transition.failure, _first_step(transition.failure, rule), language)
    return body


def _runbook(rule: Rule, language: Language, values: Mapping[str, object]) -> list[str]:
    """The rule's own steps, numbered."""
    steps = rule.runbook.get(language, ())
    if not steps:
        return []
    written = [f"{number}. {render(step, values)}" for number, step in enumerate(steps, 1)]
    return [WORDS[language].steps, *shorten("\n".join(written), MAX_TEMPLATED).split("\n")]


def _first_step(failure: Failure, rule: Rule) -> Step:
    """Where to start: where several servers are out of reach at once, on the path to them and not on a host."""
    step = STEPS[failure.cause]
    return Step.NETWORK if step is Step.HOST and rule.group_by != (TARGET,) else step


def _cause(transition: Transition, failure: Failure, step: Step, language: Language) -> list[str]:
    words, advice = WORDS[language], ADVICE[language]
    code = f"{failure.cause}: {failure.detail}" if failure.detail else str(failure.cause)
    cause, meaning = advice.causes[failure.cause]
    if transition.kind in ENDS:
        return [words.last_cause.format(cause=cause, code=code)]
    return [
        words.cause.format(cause=cause, meaning=meaning, code=code),
        words.first.format(step=advice.steps[step]),
    ]


def _attributes(transition: Transition, rule: Rule) -> dict[str, str | int | tuple[str, ...]]:
    """What subscribers filter by. SQS's raw delivery drops a message with more than ten attributes: these are nine."""
    attributes: dict[str, str | int | tuple[str, ...]] = {
        "rule": rule.name,
        "kind": transition.kind,
        "level": _levels(transition),
        "status": "Inactive" if transition.kind in ENDS else "Active",
        "scope": rule.scope,
        "target": transition.target,
        "at": transition.at,
    }
    if transition.labels:
        attributes["labels"] = tuple(f"{name}={value}" for name, value in sorted(transition.labels.items()))
    return attributes


def _levels(transition: Transition) -> str | tuple[str, ...]:
    """The levels that a notice concerns, its own first: who filters by one hears when it is left, and the end."""
    concerned = {transition.former_level or transition.level, transition.level}
    if transition.kind in ENDS:
        concerned |= {*transition.told_levels}
    others = sorted(concerned - {transition.level}, key=lambda level: level.rank)
    return (str(transition.level), *map(str, others)) if others else str(transition.level)

"""A model of what the rules tell, written from `docs/semantics.md` and not from the code, in the most naive way.

It reads the same documents as a fleet file holds, but shares nothing with `icwatch`: neither a parser nor a phase nor a
stored alarm. It remembers all that was ever seen of a group and all that was ever told, and looks everything else up in
that history, sweep by sweep. An expression means what the Python function beside it says.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from fractions import Fraction
from typing import Any, NamedTuple

Document = Mapping[str, Any]
Labels = Mapping[str, str]
Key = tuple[str, str]
"""The name of a rule, and that of one of its groups."""

HEALTH = "ic_server_health"
LOAD = "ic_server_load"
WORST_FIRST = ("Down", "Critical", "Alert", "Caution", "Info")
COLLECTION_SECONDS = 60
"""The collection cycle of a fleet that says nothing else: no look comes sooner after the one before."""

BUILT_IN: Document = {
    "name": "ic_server_connect_failed",
    "expression": "min(ic_server_health{@LABELS}) by (@GBLABELS)",
    "threshold": 0,
    "cycle": "60s",
}


class Nothing(Enum):
    """Where there is no value: nothing was seen, or a comparison within the expression left it out."""

    UNSEEN = auto()
    FILTERED = auto()


UNSEEN, FILTERED = Nothing.UNSEEN, Nothing.FILTERED
Value = Fraction | Nothing

LONG = 10**12

RELEASED, CALLED = "released", "called"
"""What comes only if nothing keeps it back: a repeat before it is due, of what nobody was notified of; and a stage."""


@dataclass(frozen=True)
class Server:
    """A target, with its samples in one sweep by metric."""

    name: str
    labels: Labels
    samples: Mapping[str, Fraction]

    def label(self, name: str) -> str:
        return self.name if name == "target" else self.labels.get(name, "")


Servers = Sequence[Server]
Groups = Mapping[str, Servers]


def seen(metric: str, servers: Servers) -> list[Value]:
    """One value for every server of which the sweep has a sample."""
    return [server.samples[metric] for server in servers if metric in server.samples]


def only(holds: Callable[[Fraction], bool], values: Iterable[Value]) -> list[Value]:
    """What a comparison in the middle of an expression leaves."""
    return [value if isinstance(value, Nothing) or holds(value) else FILTERED for value in values]


def over(do: Callable[[list[Fraction]], Fraction | int], values: Iterable[Value]) -> Value:
    """An aggregate: nothing of nothing seen; where nothing passed, 0 of a count or sum, and otherwise filtered."""
    there = [value for value in values if value is not UNSEEN]
    numbers = [value for value in there if isinstance(value, Fraction)]
    if not there:
        return UNSEEN
    return Fraction(do(numbers)) if numbers else Fraction(0) if do in (len, sum) else FILTERED


def over_some(do: Callable[[list[Fraction]], Fraction | int], values: Sequence[Value]) -> Value:
    """An aggregate over counts, of which those of nothing take part only if all are of nothing."""
    some = [value for value in values if value != 0]
    return over(do, some if any(isinstance(value, Fraction) for value in some) else values)


def joined(do: Callable[[Fraction, Fraction], Fraction], left: Value, right: Value) -> Value:
    """Arithmetic between two values. A quotient by zero is nothing that was seen."""
    if UNSEEN in (left, right):
        return UNSEEN
    if isinstance(left, Nothing) or isinstance(right, Nothing):
        return FILTERED
    try:
        return do(left, right)
    except ZeroDivisionError:
        return UNSEEN


def apart(servers: Servers, *labels: str) -> list[list[Server]]:
    """The servers, divided by their values of labels."""
    values = sorted({tuple(server.label(name) for name in labels) for server in servers})
    return [[one for one in servers if tuple(one.label(name) for name in labels) == value] for value in values]


def mean(values: list[Fraction]) -> Fraction:
    return sum(values, Fraction(0)) / len(values)


@dataclass(frozen=True)
class Meaning:
    """What an expression says: the value of a group, the labels that group (None: what the rule's `group_by` says, or
    the target), which servers take part, and the condition that the expression ends in, if it does.

    `stand_ins` says whether the rule may have a filter.
    """

    value: Callable[[Servers], Value]
    by: tuple[str, ...] | None = None
    takes: Callable[[Server], bool] = lambda server: True
    condition: tuple[str, str] | None = None
    stand_ins: bool = False


def _down(servers: Servers) -> list[Value]:
    return only(lambda value: value == 0, seen(HEALTH, servers))


def _up(servers: Servers) -> list[Value]:
    return only(lambda value: value == 1, seen(HEALTH, servers))


def _places(servers: Servers) -> list[list[Server]]:
    return apart(servers, "vpc", "region")


def _quotient(left: Value, right: Value) -> Value:
    return joined(lambda a, b: a / b, left, right)


TARGET, VPC, REGION, BOTH = ("target",), ("vpc",), ("region",), ("region", "vpc")

MEANINGS: Mapping[str, Meaning] = {
    "min(ic_server_health{@LABELS}) by (@GBLABELS)": Meaning(lambda of: over(min, seen(HEALTH, of)), stand_ins=True),
    "max(ic_server_load{@LABELS}) by (@GBLABELS)": Meaning(lambda of: over(max, seen(LOAD, of)), stand_ins=True),
    "count(ic_server_health{@LABELS} == 0) by (@GBLABELS)": Meaning(lambda of: over(len, _down(of)), stand_ins=True),
    "ic_server_health": Meaning(lambda of: over(min, seen(HEALTH, of)), TARGET),
    "max(ic_server_health) by (vpc)": Meaning(lambda of: over(max, seen(HEALTH, of)), VPC),
    "sum(ic_server_load) by (vpc, region)": Meaning(lambda of: over(sum, seen(LOAD, of)), BOTH),
    "avg(ic_server_load) by (region)": Meaning(lambda of: over(mean, seen(LOAD, of)), REGION),
    "count(ic_server_health) by (target, vpc)": Meaning(lambda of: over(len, seen(HEALTH, of)), TARGET),
    "count(ic_server_health == 0) by (vpc)": Meaning(lambda of: over(len, _down(of)), VPC),
    "count(ic_server_health == 0)": Meaning(lambda of: over(len, _down(of)), ()),
    "sum without (target) (ic_server_load)": Meaning(lambda of: over(sum, seen(LOAD, of)), ("region", "room", "vpc")),
    "min by (room) (ic_server_load > 1)": Meaning(
        lambda of: over(min, only(lambda value: value > 1, seen(LOAD, of))), ("room",)
    ),
    "sum(ic_server_health == bool 0) by (vpc)": Meaning(
        lambda of: over(lambda values: values.count(Fraction(0)), seen(HEALTH, of)), VPC
    ),
    "count(ic_server_health == 0) by (vpc) / count(ic_server_health) by (vpc)": Meaning(
        lambda of: _quotient(over(len, _down(of)), over(len, seen(HEALTH, of))), VPC
    ),
    "sum(ic_server_load) / sum(ic_server_health)": Meaning(
        lambda of: _quotient(over(sum, seen(LOAD, of)), over(sum, seen(HEALTH, of))), ()
    ),
    'max(ic_server_load{room="test"}) by (vpc) - min(ic_server_load{room!="test"}) by (vpc)': Meaning(
        lambda of: joined(
            lambda a, b: a - b,
            over(max, seen(LOAD, [one for one in of if one.label("room") == "test"])),
            over(min, seen(LOAD, [one for one in of if one.label("room") != "test"])),
        ),
        VPC,
    ),
    "max(sum(ic_server_load) by (vpc, region)) by (region)": Meaning(
        lambda of: over(max, [over(sum, seen(LOAD, each)) for each in apart(of, "vpc", "region")]), REGION
    ),
    "count(ic_server_health == 1) by (vpc) < 2": Meaning(lambda of: over(len, _up(of)), VPC, condition=("<", "2")),
    "sum(ic_server_load > 1) by (vpc)": Meaning(
        lambda of: over(sum, only(lambda value: value > 1, seen(LOAD, of))), VPC
    ),
    "count(count(ic_server_health == 0) by (vpc, region)) by (region)": Meaning(
        lambda of: over(len, only(lambda value: value > 0, [over(len, _down(each)) for each in _places(of)])), REGION
    ),
    "avg(count(ic_server_health == 1) by (vpc, region)) by (region)": Meaning(
        lambda of: over_some(mean, [over(len, _up(each)) for each in _places(of)]), REGION
    ),
    "min(count(ic_server_health == 1) by (vpc, region)) by (region) < 2": Meaning(
        lambda of: over_some(min, [over(len, _up(each)) for each in _places(of)]), REGION, condition=("<", "2")
    ),
    'avg(ic_server_health{region=~"cn.*", vpc!="vpc-2"}) by (vpc)': Meaning(
        lambda of: over(mean, seen(HEALTH, of)),
        VPC,
        takes=lambda server: server.label("region").startswith("cn") and server.label("vpc") != "vpc-2",
    ),
    "abs(ic_server_load - 2) * ic_server_health": Meaning(
        lambda of: joined(lambda a, b: abs(a - 2) * b, over(max, seen(LOAD, of)), over(max, seen(HEALTH, of))), TARGET
    ),
    "ic_server_load > 1": Meaning(lambda of: over(max, seen(LOAD, of)), TARGET, condition=(">", "1")),
    "max(ic_server_health) by (vpc) == 0": Meaning(lambda of: over(max, seen(HEALTH, of)), VPC, condition=("==", "0")),
    "0.5 >= avg(ic_server_health)": Meaning(lambda of: over(mean, seen(HEALTH, of)), (), condition=("<=", "0.5")),
    "count(ic_server_health == 0) by (region) >= 2": Meaning(
        lambda of: over(len, _down(of)), REGION, condition=(">=", "2")
    ),
    "max(ic_server_load) by (vpc) > avg(ic_server_load) by (vpc)": Meaning(
        lambda of: joined(lambda a, b: a - b, over(max, seen(LOAD, of)), over(mean, seen(LOAD, of))),
        VPC,
        condition=(">", "0"),
    ),
    "(avg(ic_server_health) by (vpc) < 1) > 0.25": Meaning(
        lambda of: over(min, only(lambda value: value < 1, [over(mean, seen(HEALTH, of))])),
        VPC,
        condition=(">", "0.25"),
    ),
}

HOLDS: Mapping[str, Callable[[Fraction, Fraction], bool]] = {
    "==": lambda value, threshold: value == threshold,
    "!=": lambda value, threshold: value != threshold,
    ">": lambda value, threshold: value > threshold,
    ">=": lambda value, threshold: value >= threshold,
    "<": lambda value, threshold: value < threshold,
    "<=": lambda value, threshold: value <= threshold,
}


def seconds(text: str) -> int:
    return int(text[:-1]) * {"s": 1, "m": 60, "h": 3600}[text[-1]]


def fits(selection: str | Labels, name: str, labels: Labels) -> bool:
    """Whether a selection of a fleet file means the target or group of this name."""
    if isinstance(selection, str):
        return selection == name
    return all((name if label == "target" else labels.get(label)) == value for label, value in selection.items())


def name_of(rule: Document, server: Server) -> str:
    """The name of the group that a server belongs to."""
    labels = MEANINGS[rule["expression"]].by
    if labels is None:
        labels = tuple(sorted(rule.get("group_by", TARGET)))
    if "target" in labels:
        return server.name
    pairs = [(label, server.label(label)) for label in labels]
    shown = [(label, value) for label, value in pairs if value] or pairs
    return ",".join(f'{label}="{value}"' if " " in value else f"{label}={value}" for label, value in shown) or "all"


def groups(rule: Document, servers: Servers) -> Groups:
    """The servers that a rule is about, by their group."""
    found: dict[str, list[Server]] = defaultdict(list)
    for server in servers:
        wanted = {
            label: [value] if isinstance(value, str) else value for label, value in rule.get("filter", {}).items()
        }
        if (
            MEANINGS[rule["expression"]].takes(server)
            and all(server.label(label) in values for label, values in wanted.items())
            and not any(fits(selection, server.name, server.labels) for selection in rule.get("exclude", []))
        ):
            found[name_of(rule, server)].append(server)
    return found


def common(servers: Servers) -> dict[str, str]:
    """The labels that all of them have in common."""
    every = [set(server.labels.items()) for server in servers]
    return dict(set.intersection(*every))


def level_of(rule: Document, override: Document, value: Value) -> str | None:
    """The worst level at which a value is a breach, if it is one."""
    if isinstance(value, Nothing):
        return None
    comparator, threshold = MEANINGS[rule["expression"]].condition or (
        rule.get("comparator", "=="),
        str(rule.get("threshold")),
    )
    bounds = [
        {
            "level": override.get("level", rule.get("level", "Critical")),
            "threshold": override.get("threshold", threshold),
        }
    ]
    bounds = override.get("levels") or rule.get("levels") or bounds
    reached = [each["level"] for each in bounds if HOLDS[comparator](value, Fraction(str(each["threshold"])))]
    return min(reached, key=WORST_FIRST.index, default=None)


class Look(NamedTuple):
    """What one sweep saw of a group; `bad` is the level of the breach, and a gap in time is judged by `cycle`.

    `of_last` is the N of a rule that counts M of N.
    """

    at: int
    bad: str | None
    value: Value
    labels: Labels
    of_target: bool
    cycle: int
    of_last: int | None = None


class Told(NamedTuple):
    """What was told of a group."""

    rule: str
    group: str
    kind: str
    at: int
    raised_at: int
    began_at: int
    since: int
    level: str
    former_level: str | None
    value: Value
    reports: int
    reason: str = ""
    announce: bool = True
    silenced: bool = False
    inhibited_by: str = ""
    told_levels: frozenset[str] = frozenset()
    stage: int = 0


class Standing(NamedTuple):
    """How an alarm stands after the last sweep."""

    phase: str
    since: int
    raised_at: int
    level: str


class Quiet(NamedTuple):
    """A silence."""

    labels: Labels
    starts_at: int
    ends_at: int


class Model:
    """The whole history, and what follows from it. A None among the looks says that the group was gone."""

    def __init__(self, silences: Sequence[Quiet] = ()) -> None:
        self.silences = silences
        self.looks: dict[Key, list[Look | None]] = defaultdict(list)
        self.told: list[Told] = []
        self.acknowledged: dict[tuple[str, str, int], int] = {}
        self.clock: int | None = None

    def acknowledge(self, rule: str | None = None, ends_at: int = LONG) -> None:
        """Acknowledge all that stands, or all that stands of one rule, until a moment."""
        for key in self.looks:
            alarm = self._alarm(key)
            if alarm and rule in (None, key[0]):
                self.acknowledged[*key, alarm[0].raised_at] = ends_at

    def sweep(self, servers: Servers, rules: Sequence[Document], at: int, *, conclusive: bool = True) -> None:
        """One sweep over a fleet whose rules are `rules` and the built-in one."""
        if self.clock is not None and at <= self.clock:
            return
        self.clock = at
        if not conclusive:
            return
        named = {rule["name"]: rule for rule in rules}
        built_in = {**BUILT_IN, **named.get(BUILT_IN["name"], {})}
        if "levels" in built_in:
            built_in.pop("threshold", None)
        named[built_in["name"]] = built_in
        formed = {name: groups(rule, servers) for name, rule in named.items()}
        now = [*self._closings(servers, named, formed, at)]
        for name, rule in named.items():
            if rule.get("enabled", True):
                for group, members in formed[name].items():
                    now += self._decide(rule, group, members, at)
        decided = [self._announced(each, named, self.told + now) for each in now]
        self.told += [told for each in decided if (told := self._settled(each)) is not None]

    def _settled(self, told: Told) -> Told | None:
        """What is told in the end of what comes only if nothing keeps it back."""
        if told.kind == RELEASED:
            return told._replace(kind="repeated") if told.announce else None
        if told.kind != CALLED:
            return told
        notices = [each for each in self._alarm((told.rule, told.group)) if each.announce]
        if told.announce and notices and notices[-1].level == told.level:
            return told._replace(kind="unattended", reason="")
        is_due = told.reason == "due"
        if (told.announce and notices) or is_due:
            return told._replace(kind="repeated", stage=told.stage - 1, reason="")
        return None

    def current(self) -> dict[Key, Standing]:
        """All alarms, by rule and group."""
        found = {}
        for key, looks in self.looks.items():
            last, alarm = looks[-1], self._alarm(key)
            if last is not None and (alarm or last.bad or self._counted(key)):
                phase = "pending" if not alarm else "active" if last.bad else "clearing"
                raised_at = alarm[0].raised_at if alarm else 0
                found[key] = Standing(phase, self._since(key), raised_at, self._breach(key).bad or "")
        return found

    def _counted(self, key: Key) -> list[Look]:
        """Of an alarm that is raised by M of N, the breaches that count: of the last N looks, and none that is too old.

        What was before the end of the last alarm, before the group was gone, or before the rule counted, is no look.
        """
        looks = self.looks[key]
        last = looks[-1]
        if last is None or last.of_last is None or self._alarm(key):
            return []
        ended = max((each.at for each in self.told if (each.rule, each.group) == key), default=-LONG)
        window: list[Look] = []
        for look in reversed(looks):
            if look is None or look.of_last is None or look.at <= ended or len(window) == last.of_last:
                break
            window.append(look)
        return [look for look in window[::-1] if look.bad and last.at - look.at <= 2 * last.of_last * last.cycle]

    def _alarm(self, key: Key, told: Sequence[Told] | None = None) -> list[Told]:
        """All that was told of the alarm that stands; nothing where none does."""
        alarm: list[Told] = []
        for each in self.told if told is None else told:
            if (each.rule, each.group) == key:
                alarm = [] if each.kind in ("cleared", "closed") else [*alarm, each]
        return alarm

    def _since(self, key: Key) -> int:
        """Where the unbroken run began that ends with the last look.

        A gap breaks it where something is waited for: a breach that is no alarm yet, or the end of one.
        """
        alarm, looks = self._alarm(key), self.looks[key]
        later = looks[-1]
        assert later is not None
        if not alarm and (counted := self._counted(key)):
            return counted[0].at
        if alarm and all(look is None or look.at < alarm[0].at or look.bad for look in looks):
            return alarm[0].began_at
        for earlier in reversed(looks[:-1]):
            if earlier is None or bool(earlier.bad) != bool(later.bad):
                break
            pending = bool(earlier.bad) and (not alarm or earlier.at < alarm[0].raised_at)
            if pending and (earlier.of_last is None) is not (later.of_last is None):
                break  # it is raised by something else now
            waited_for = not earlier.bad or pending
            if waited_for and later.at - earlier.at > 1.5 * later.cycle:
                break
            later = earlier
        return later.at

    def _breach(self, key: Key) -> Look:
        """The last look at a breach."""
        return next(look for look in reversed(self.looks[key]) if look is not None and look.bad)

    def _closings(
        self, servers: Servers, rules: Mapping[str, Document], formed: Mapping[str, Groups], at: int
    ) -> Iterable[Told]:
        """Of groups that were seen before and are no more."""
        for key, looks in self.looks.items():
            last = looks[-1]
            reason = None if last is None else self._why_gone(key, last, servers, rules, formed)
            if reason is None:
                continue
            alarm = self._alarm(key)
            if alarm:
                began_at, since, breach = alarm[0].began_at, self._since(key), self._breach(key)
                yield Told(
                    *key, "closed", at, alarm[0].raised_at, began_at, since, breach.bad or "", None, breach.value,
                    len(alarm), reason, stage=alarm[-1].stage,
                )  # fmt: skip
            looks.append(None)

    def _why_gone(
        self,
        key: Key,
        last: Look,
        servers: Servers,
        rules: Mapping[str, Document],
        formed: Mapping[str, Groups],
    ) -> str | None:
        name, group = key
        if name not in rules:
            return "rule_removed"
        if last.of_target:
            left = group not in {server.name for server in servers}
        else:
            left = not any(last.labels.items() <= server.labels.items() for server in servers)
        if left and group not in formed[name]:
            return "target_removed"
        if not rules[name].get("enabled", True):
            return "rule_disabled"
        return None if group in formed[name] else "target_excluded"

    def _decide(self, rule: Document, group: str, members: Servers, at: int) -> Iterable[Told]:
        """Look at a group, and tell what there is to be told."""
        key, labels = (rule["name"], group), common(members)
        value = MEANINGS[rule["expression"]].value(members)
        if value is UNSEEN:
            return
        overrides = [each for each in rule.get("overrides", []) if fits(each["match"], group, labels)]
        differs = {name: value for name, value in (overrides or [{}])[0].items() if name not in LEVELLED}
        valid = {name: value for name, value in rule.items() if name != "breaches" or "duration" not in differs}
        valid |= differs
        bad = level_of(rule, (overrides or [{}])[0], value)
        cycle: str = rule.get("cycle", "60s")
        looked_every = max(seconds(cycle), COLLECTION_SECONDS)
        alarm = self._alarm(key)
        former, reason = self._breach(key).bad if alarm else None, ""
        least, of_last = map(int, valid["breaches"].split(" of ")) if "breaches" in valid else (0, None)
        self.looks[key].append(Look(at, bad, value, labels, group == members[0].name, looked_every, of_last))
        since = self._since(key)
        kind = None
        if not alarm and of_last is not None:
            kind = "raised" if bad and len(self._counted(key)) >= least else None
        elif not alarm:
            kind = "raised" if bad and at - since >= seconds(valid.get("duration", "0s")) else None
        elif not bad:
            kind = "cleared" if at - since >= seconds(valid.get("clear_cycle", "5m")) else None
        elif bad != former:
            kind = "escalated" if WORST_FIRST.index(bad) < WORST_FIRST.index(former or "") else "eased"
        elif at >= self.acknowledged.get((*key, alarm[0].raised_at), -LONG):
            pauses = valid.get("resend_interval") or cycle
            listed = pauses if isinstance(pauses, list) else [pauses]
            is_due = at - alarm[-1].at >= seconds(listed[min(len(alarm), len(listed)) - 1])
            was_told = any(each.announce for each in alarm)
            stages = valid.get("unattended_after", [])[alarm[-1].stage :]
            if was_told and stages and at - alarm[0].raised_at >= seconds(stages[0]):
                kind, reason = CALLED, "due" if is_due else ""
            else:
                kind = "repeated" if is_due else None if was_told else RELEASED
        if kind is not None:
            yield Told(
                rule=rule["name"],
                group=group,
                kind=kind,
                at=at,
                raised_at=alarm[0].raised_at if alarm else at,
                began_at=alarm[0].began_at if alarm else since,
                since=since,
                level=bad or former or "",
                former_level=former if kind in ("escalated", "eased") else None,
                value=value,
                reports=len(alarm) + (kind != "cleared"),
                reason=reason,
                stage=(alarm[-1].stage if alarm else 0) + (kind == CALLED),
            )

    def _announced(self, told: Told, rules: Mapping[str, Document], all_told: Sequence[Told]) -> Told:
        """Whether somebody is told, by all that was decided in this sweep."""
        labels = self._labels((told.rule, told.group))
        silenced = any(
            quiet.starts_at <= told.at < quiet.ends_at and fits(quiet.labels, told.group, {**labels, "rule": told.rule})
            for quiet in self.silences
        )
        inhibitor = "" if told.kind == "closed" else self._inhibitor(told, labels, rules, all_told)
        told_levels = frozenset(each.level for each in self._alarm((told.rule, told.group)) if each.announce)
        announce = bool(told_levels) if told.kind in ("cleared", "closed") else not silenced and not inhibitor
        return told._replace(announce=announce, silenced=silenced, inhibited_by=inhibitor, told_levels=told_levels)

    def _inhibitor(self, told: Told, labels: Labels, rules: Mapping[str, Document], all_told: Sequence[Told]) -> str:
        """The first alarm that stands and inhibits, by the order in which the rule names them and then by name."""
        for inhibition in rules[told.rule].get("inhibited_by", []):
            for key in sorted(self.looks):
                if key[0] == inhibition["rule"] and self._alarm(key, all_told):
                    theirs = {**self._labels(key), "target": key[1]}
                    ours = {**labels, "target": told.group}
                    if all(ours.get(name) and ours.get(name) == theirs.get(name) for name in inhibition["same"]):
                        return ":".join(key)
        return ""

    def _labels(self, key: Key) -> Labels:
        """Those of the group when it was last seen."""
        return next(look for look in reversed(self.looks[key]) if look is not None).labels


LEVELLED = ("match", "threshold", "level", "levels")

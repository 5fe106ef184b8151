"""The fleet file: from a plain document (mappings, lists, texts, numbers) to a `Fleet`, or every problem in it.

Pure: reading YAML and knowing lines is the command line's business; here a place is a path such as
`targets[3].address`. No function loads this: what they need of it was checked and stored by `icwatch apply`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from icwatch.errors import ConfigError, Problem
from icwatch.model import MERGE_ABOVE, Fleet, Language, ProbeSpec, Rule
from icwatch_cli.fleet.bindings import bindings_of, too_large
from icwatch_cli.fleet.builtin import DEFAULT_VERSION, read_profile
from icwatch_cli.fleet.constant_conditions import unchanging
from icwatch_cli.fleet.control import read_control
from icwatch_cli.fleet.cursor import Cursor
from icwatch_cli.fleet.hosts import doubtful_hosts, target_places
from icwatch_cli.fleet.notices import read_merge_above, read_route_by
from icwatch_cli.fleet.probes import read_probe, read_probes
from icwatch_cli.fleet.quoting import join
from icwatch_cli.fleet.robots import read_robots
from icwatch_cli.fleet.rules import read_rule, read_rules
from icwatch_cli.fleet.sizes import too_heavy
from icwatch_cli.fleet.targets import TARGET_FIELDS, read_targets
from icwatch_cli.fleet.timeouts import too_long
from icwatch_cli.fleet.warnings import warnings_of

FLEET_FIELDS = (
    "language", "every", "route_by", "merge_above", "targets", "probe", "probes", "rules", "ocp", "robots",
    "control",
)  # fmt: skip
EVERY = "60s"

__all__ = ["EVERY", "FLEET_FIELDS", "parse_fleet", "parse_rule", "read_fleet"]


def parse_fleet(document: object) -> Fleet:
    """The fleet that `document` describes. Raises ConfigError with every problem, in the order of its fields."""
    root = Cursor(document)
    fields = root.mapping(FLEET_FIELDS)
    if not root.is_mapping:
        raise ConfigError(root.problems)
    language = fields.get("language", None)
    every = fields.get("every", EVERY)
    seconds = every.seconds(least=1)
    route_by = read_route_by(fields.get("route_by", []))
    merge_above = read_merge_above(fields.get("merge_above", MERGE_ABOVE))
    probe = read_probe(fields.get("probe", {}), ProbeSpec())
    probes = read_probes(fields.get("probes", {}))
    targets = read_targets(fields, probe, probes)
    known_every = None if every.is_wrong() else seconds
    profile = read_profile(fields.get("ocp", DEFAULT_VERSION), targets.values())
    rules = read_rules(fields.get("rules", []), known_every, _labels(fields.value.get("targets")), profile)
    robots = read_robots(fields.get("robots", []), rules)
    control = read_control(fields.get("control", []), targets.values())
    fleet = Fleet(
        None if language.value is None else Language(language.choice(Language)),
        seconds,
        probe,
        targets,
        rules,
        probes,
        route_by,
        merge_above,
        robots,
        profile.version,
        control,
    )
    if problems := root.problems or [*too_large([*bindings_of(fleet)]), *too_long(fleet), *too_heavy(fleet)]:
        raise ConfigError(_in_order(problems, fields.value))
    return fleet


def read_fleet(document: object) -> tuple[Fleet, tuple[Problem, ...]]:
    """The same, and what in it is probably not meant. For that, every notice is written once."""
    fleet = parse_fleet(document)
    rules = document.get("rules", []) if isinstance(document, Mapping) else []
    written = {str(rule["name"]): (f"rules[{index}]", rule) for index, rule in enumerate(rules)}
    places = {name: place for name, (place, _) in written.items()}
    doubtful = doubtful_hosts(fleet, target_places(document))
    return fleet, (*doubtful, *warnings_of(fleet, places), *unchanging(fleet, written))


def _labels(targets: object) -> frozenset[str] | None:
    """The names of all labels, also of targets that are wrong otherwise; None where some may not have been read."""
    if not isinstance(targets, list):
        return None
    names: set[str] = set()
    for entry in targets:
        labels = {} if isinstance(entry, str) else _labels_of(entry)
        if labels is None:
            return None
        names |= {name for name in labels if isinstance(name, str)}
    return frozenset(names)


def _labels_of(entry: object) -> Mapping[object, object] | None:
    """The labels of one target. What is written under an unknown name may be meant for them."""
    if not isinstance(entry, Mapping):
        return None
    labels = entry.get("labels", {})
    misspelt = any(name not in TARGET_FIELDS and isinstance(value, Mapping) for name, value in entry.items())
    return labels if isinstance(labels, Mapping) and not misspelt else None


def _in_order(problems: Iterable[Problem], fields: Mapping[str, object]) -> list[Problem]:
    """The problems in the order of the fields in the file."""
    order = {join("", name): index for index, name in enumerate(fields)}
    return sorted(problems, key=lambda problem: order.get(re.split(r"[.\[]", problem.place)[0], -1))


def parse_rule(document: Mapping[str, object]) -> Rule:
    """A rule on its own, in a fleet file's form; any label is taken for one that targets carry. Raises ConfigError."""
    at = Cursor(document, "rule")
    rule = read_rule(at, None, None)
    if at.problems:
        raise ConfigError(at.problems)
    return rule

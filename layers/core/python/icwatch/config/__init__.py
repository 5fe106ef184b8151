"""The fleet file: from a plain document (mappings, lists, texts, numbers) to a `Fleet`, or every problem in it.

Pure: reading YAML and knowing lines is the command line's business; here a place is a path such as
`targets[3].address`.
"""

from __future__ import annotations

from collections.abc import Mapping

from icwatch.config.reader import Reader
from icwatch.config.rules import read_rule, read_rules
from icwatch.config.targets import read_probe, read_targets
from icwatch.errors import ConfigError
from icwatch.model import Fleet, Language, Rule

FLEET_FIELDS = ("language", "every", "targets", "probe", "rules")
EVERY = "60s"

__all__ = ["EVERY", "FLEET_FIELDS", "parse_fleet", "parse_rule"]


def parse_fleet(document: object) -> Fleet:
    """The fleet that `document` describes. Raises ConfigError with every problem, in document order."""
    reader = Reader()
    fields = reader.mapping("", document, FLEET_FIELDS)
    if not isinstance(document, Mapping):
        raise ConfigError(reader.problems)
    language = fields.get("language")
    if language is not None:
        language = Language(reader.choice("language", language, Language))
    every = reader.seconds("every", fields.get("every", EVERY), least=1)
    targets = read_targets(reader, fields)
    probe = read_probe(reader, fields.get("probe", {}))
    labels = frozenset(name for target in targets.values() for name in target.labels)
    rules = read_rules(reader, fields.get("rules", []), every, labels)
    if reader.problems:
        raise ConfigError(reader.problems)
    return Fleet(language, every, probe, targets, rules)


def parse_rule(document: Mapping[str, object]) -> Rule:
    """A rule on its own, in a fleet file's form. Raises ConfigError."""
    reader = Reader()
    rule = read_rule(reader, "rule", document)
    if reader.problems:
        raise ConfigError(reader.problems)
    return rule

"""Chat robots, as a fleet file writes them. Secrets are referred to, and one that is written out is not repeated."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import timedelta

from icwatch.announcements.grouping import STAGE
from icwatch.model import Hours, Kind, Language, Level, Robot, RobotKind
from icwatch.robots.vendors import SIGNED
from icwatch_cli.fleet.conditions import MAX_STAGES
from icwatch_cli.fleet.cursor import Cursor
from icwatch_cli.fleet.quoting import described, listed, shown
from icwatch_cli.fleet.targets import LABEL_NAME

ROBOT_FIELDS = ("name", "kind", "url", "secret", "language", "only", "repeats", "hours", "mention")
HOURS_FIELDS = ("from", "until", "utc_offset", "except")

MAX_ROBOTS = 50
MAX_VALUES = 50
"""Values of one word of a filter."""

MAX_MENTIONED = 20

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
REFERENCE = re.compile(
    r"ssm:/icwatch/[A-Za-z0-9/_.-]+|secretsmanager:icwatch/[A-Za-z0-9/_+=.@-]+|env:[A-Za-z_][A-Za-z0-9_]*|file:\S.*"
)
"""Where a secret may be kept. Functions may read what lies under `icwatch` and nothing else."""

LOCAL = ("env:", "file:")
"""References to what is on one machine, for `icwatch run` only."""

HOW_TO_REFER = "write where it is kept, as ssm:/icwatch/NAME or secretsmanager:icwatch/NAME"
MINUTES_A_DAY = 1440

CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|(24):(00)", re.ASCII)
OFFSET = re.compile(r"([+-])(0[0-9]|1[0-4]):([0-5][0-9])", re.ASCII)
_MENTIONS = {
    RobotKind.DINGTALK: (re.compile(r"\+?[0-9-]{5,20}|all"), 'mobile numbers such as "13800138000", or all'),
    RobotKind.FEISHU: (re.compile(r"ou_[A-Za-z0-9]+|all"), "open ids such as ou_8e7f0a, or all"),
    RobotKind.WECOM: (re.compile(r"(?!all$)[A-Za-z0-9._@-]{1,64}"), "user ids such as zhangsan"),
    RobotKind.SLACK: (re.compile(r"[UW][A-Z0-9]{5,20}|all"), "member ids such as U024BE7LH, or all"),
}


def read_robots(at: Cursor, rules: Collection[str]) -> dict[str, Robot]:
    """The robots by name."""
    entries = at.items("robots")
    if len(entries) > MAX_ROBOTS:
        at.wrong(f"has {len(entries)} robots", f"keep at most {MAX_ROBOTS}")
        return {}
    found: dict[str, Robot] = {}
    for entry in entries:
        robot = _read(entry, rules)
        if robot is None:
            continue
        if robot.name in found:
            entry.at("name").wrong(f"{robot.name} is the name of another robot", "give each a name of its own")
        found[robot.name] = robot
    return found


def _read(at: Cursor, rules: Collection[str]) -> Robot | None:
    fields = at.mapping(ROBOT_FIELDS)
    needed = {
        "name": "write a name such as dba-on-duty",
        "kind": f"write one of {listed([*RobotKind])}",
        "url": HOW_TO_REFER,
    }
    if not at.is_mapping or not fields.need(needed):
        return None
    name, kind = _name(fields["name"]), RobotKind(fields["kind"].choice(RobotKind))
    if fields["kind"].is_wrong():
        return None
    language = fields.get("language", None)
    return Robot(
        name=name,
        vendor=kind,
        url=_reference(fields["url"]),
        secret=_secret(fields["secret"], kind) if "secret" in fields else "",
        language=None if language.value is None else Language(language.choice(Language)),
        only=_only(fields.get("only", {}), rules),
        repeats=fields.get("repeats", True).truth(),
        hours=_hours(fields["hours"]) if "hours" in fields else None,
        mention=_mention(fields.get("mention", []), kind),
    )


def _name(at: Cursor) -> str:
    if isinstance(at.value, str) and NAME.fullmatch(at.value):
        return at.value
    at.wrong(f"{shown(at.value)} is no name of a robot", "write small letters, digits, _ and -, such as dba-on-duty")
    return ""


def _reference(at: Cursor) -> str:
    """Where a secret is kept. What is written is not repeated: somebody may have written the secret out."""
    if isinstance(at.value, str) and REFERENCE.fullmatch(at.value):
        return at.value
    if not isinstance(at.value, str):
        at.wrong(f"is {described(at.value)}", HOW_TO_REFER)
    elif at.value.startswith(("ssm:", "secretsmanager:")):
        at.wrong("is not below icwatch/, where functions may read", HOW_TO_REFER)
    else:
        at.wrong("is written out, where everybody can read it", HOW_TO_REFER)
    return ""


def _secret(at: Cursor, kind: RobotKind) -> str:
    if kind not in SIGNED:
        at.wrong(f"{kind} signs nothing: its address is the secret", "leave it out")
        return ""
    return _reference(at)


def _only(at: Cursor, rules: Collection[str]) -> Mapping[str, tuple[str, ...]]:
    """The filter: closed sets are checked, labels may have any value."""
    if not at.is_mapping:
        at.wrong(f"is {described(at.value)}", "write attributes and their values, such as {level: [Down, Critical]}")
        return {}
    closed: Mapping[str, Collection[str]] = {"level": [*Level], "kind": [*Kind], "rule": rules}
    found: dict[str, tuple[str, ...]] = {}
    for name, each in at.entries():
        if not isinstance(name, str) or not LABEL_NAME.fullmatch(name):
            each.wrong(
                f"{shown(name)} is no attribute and no label",
                "write level, kind, rule, scope, stage, target or a label",
            )
            continue
        given = each.items("values") if isinstance(each.value, list) else [each]
        if not given or len(given) > MAX_VALUES:
            each.wrong(f"has {len(given)} values", f"write 1 to {MAX_VALUES}, or leave {name} out")
            continue
        if name == STAGE:
            read = [str(one.whole(1, MAX_STAGES)) for one in given]
        else:
            read = [one.choice(closed[name]) if name in closed else one.text() for one in given]
        found[name] = tuple(dict.fromkeys(read))
    return found


def _hours(at: Cursor) -> Hours | None:
    fields = at.mapping(HOURS_FIELDS)
    needed = {"from": 'write a time such as "09:00"', "until": 'write a time such as "21:00"'}
    if not at.is_mapping or not fields.need(needed):
        return None
    starts, ends = _minute(fields["from"]), _minute(fields["until"])
    ahead = _ahead(fields.get("utc_offset", "+00:00"))
    levels = tuple(Level(each.choice(Level)) for each in fields.get("except", []).items("levels, such as [Down]"))
    if starts is None or ends is None or ahead is None:
        return None
    if (ends - starts) % MINUTES_A_DAY == 0:
        at.wrong("begin and end at the same time, so they never hold", "leave hours out for whole days")
        return None
    return Hours((starts - ahead) % MINUTES_A_DAY, (ends - ahead) % MINUTES_A_DAY, levels)


def _minute(at: Cursor) -> int | None:
    match = CLOCK.fullmatch(at.value) if isinstance(at.value, str) else None
    if match is None:
        # YAML reads an unquoted 09:00 as a number to the base of 60.
        at.no_text(f"{shown(at.value)} is no time of day", 'write it in quotes, such as "09:00"')
        return None
    hour, minute = (int(part) for part in match.groups() if part is not None)
    return hour * 60 + minute


def _ahead(at: Cursor) -> int | None:
    """Minutes ahead of UTC."""
    match = OFFSET.fullmatch(at.value) if isinstance(at.value, str) else None
    if match is None:
        at.no_text(f"{shown(at.value)} is no offset from UTC", 'write it in quotes, such as "+08:00"')
        return None
    ahead = timedelta(hours=int(match[2]), minutes=int(match[3])) // timedelta(minutes=1)
    return -ahead if match[1] == "-" else ahead


def _mention(at: Cursor, kind: RobotKind) -> tuple[str, ...]:
    if isinstance(at.value, str) and kind in _MENTIONS:
        at.wrong(f"is {described(at.value)}", f"write a list: [{at.value if at.value == 'all' else shown(at.value)}]")
        return ()
    entries = at.items("people to mention")
    if entries and kind not in _MENTIONS:
        at.wrong(f"{kind} mentions nobody", "leave it out")
        return ()
    if len(entries) > MAX_MENTIONED:
        at.wrong(f"has {len(entries)} entries", f"keep at most {MAX_MENTIONED}")
        return ()
    for entry in entries:
        pattern, right = _MENTIONS[kind]
        if not isinstance(entry.value, str) or not pattern.fullmatch(entry.value):
            entry.wrong(f"{shown(entry.value)} is nobody whom {kind} can mention", f"write {right}")
    return tuple(str(entry.value) for entry in entries)

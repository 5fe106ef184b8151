"""A first fleet file with its tests, as text with comments, from what `icwatch init` was answered. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from icwatch.duration import parse_duration
from icwatch.errors import IcwatchError
from icwatch.model import DEFAULT_PORT, Language, RobotKind, Target
from icwatch_cli.fleet.addresses import AddressError, written_address
from icwatch_cli.terminal.locales import InitWords

ROBOT, VARIABLE = "on-duty", "ON_DUTY_URL"
"""What the robot is called, and the variable that may hold its address."""

SIGNED = (RobotKind.DINGTALK, RobotKind.FEISHU)
"""Those whose messages are signed with a secret."""

CYCLE_SECONDS = 60

RIGHT = "write an address such as 192.168.0.1 or ic-server.example.com, and the name of a VPC with a colon behind it"

_PLACE = re.compile(r"[A-Za-z][\w.-]{0,63}:")
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9.]*-[A-Za-z0-9.-]+|[0-9]+(\.[0-9]+){3}|[a-z][\w-]*(\.[a-z][\w-]*)+")
"""What YAML takes for a text without quotes."""


class StarterError(IcwatchError):
    """An answer cannot be taken."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What a first fleet is made of: addresses, each with its VPC or an empty text, and who is told what of them."""

    targets: Sequence[tuple[str, str]]
    language: Language
    pauses: Sequence[str]
    robot: RobotKind | None


def read_targets(text: str) -> list[tuple[str, str]]:
    """The addresses, each with the VPC that was named last before it. Raises StarterError with all that is wrong."""
    place, found, ids, problems = "", list[tuple[str, str]](), set[str](), list[str]()
    for word in re.split(r"[\s,，、]+", text.replace("：", ": ").strip()):
        if _PLACE.fullmatch(word):
            place = word.removesuffix(":")
            continue
        try:
            address = written_address(word, RIGHT)
        except AddressError as error:
            problems.append(str(error))
            continue
        name = Target(address.host, address.port or DEFAULT_PORT).id
        if name not in ids:
            ids.add(name)
            found.append((word, place))
    if problems:
        raise StarterError("\n".join(problems))
    if not found:
        raise StarterError("no address is named; write one such as 192.168.0.1")
    return found


def read_pauses(text: str) -> list[str]:
    """The pauses between notices, each longer than the one before. Raises StarterError."""
    words = re.split(r"[\s,，、]+", text.strip())
    try:
        seconds = [parse_duration(word) for word in words]
    except ValueError as error:
        raise StarterError(f"{error}: is no duration; write numbers and their units, such as 1m 5m 15m 1h") from error
    if seconds[0] < CYCLE_SECONDS or any(one >= other for one, other in pairwise(seconds)):
        raise StarterError(f"{text.strip()}: write pauses of a minute and more that grow, such as 1m 5m 15m 1h")
    return words


def fleet_text(answers: Answers, words: InitWords) -> str:
    """The fleet file."""
    return "\n".join([*_head(answers, words), *_rules(answers, words), *_robots(answers, words)]) + "\n"


def _head(answers: Answers, words: InitWords) -> Iterator[str]:
    yield f"# {words.file}"
    yield f"language: {answers.language}   # {words.language}"
    yield f"every: 60s   # {words.every}"
    yield ""
    yield "targets:"
    for address, place in answers.targets:
        labels = f"labels: {{vpc: {_yaml(place)}}}"
        yield f"  - {{address: {_yaml(address)}, {labels}}}" if place else f"  - {_yaml(address)}"


def _rules(answers: Answers, words: InitWords) -> Iterator[str]:
    pauses = f"resend_interval: [{', '.join(answers.pauses)}]   # {words.resend}"
    yield ""
    yield "rules:"
    if _group(answers):
        yield f"  # {words.vpc_rule}"
        yield "  - name: vpc_connect_failed"
        only = "" if all(place for _, place in answers.targets) else '{vpc!=""}'
        yield f"    expression: max(ic_server_health{only}) by (vpc) == 0"
        yield "    level: Down"
        yield f"    {pauses}"
        yield "    display_name:"
        yield "      zh-CN: 全部 IC-Server 连接失败"
        yield "      zh-TW: 全部 IC-Server 連線失敗"
        yield "      en-US: every IC-Server of the VPC is unreachable"
        yield ""
    yield f"  # {words.connect_rule}"
    yield "  - name: ic_server_connect_failed"
    yield f"    {pauses}"
    if _group(answers):
        yield f"    inhibited_by: [{{rule: vpc_connect_failed, same: [vpc]}}]   # {words.inhibited}"


def _robots(answers: Answers, words: InitWords) -> Iterator[str]:
    if answers.robot is None:
        return
    yield ""
    yield f"# {words.robot.format(name=f'/icwatch/{ROBOT}-url')}"
    yield "robots:"
    yield f"  - name: {ROBOT}"
    yield f"    kind: {answers.robot}"
    yield f"    url: ssm:/icwatch/{ROBOT}-url   # {words.robot_local.format(variable=VARIABLE)}"
    if answers.robot in SIGNED:
        yield f"    secret: ssm:/icwatch/{ROBOT}-secret"


def tests_text(answers: Answers, words: InitWords, fleet: str) -> str:
    """The tests of the fleet file of this name, which lies beside them."""
    return "\n".join(_tests(answers, words, fleet)) + "\n"


def _tests(answers: Answers, words: InitWords, fleet: str) -> Iterator[str]:
    group = _group(answers)
    first, *others = group or [answers.targets[0][0]]
    series = [(first, "x......"), *((each, ".......") for each in others)]
    yield f"# {words.test_file.format(fleet=fleet)}"
    yield f"fleet: {_yaml(fleet)}"
    yield "tests:"
    yield f"  - name: {_yaml(words.test_alone)}"
    yield from _case(series, "ic_server_connect_failed", _yaml(first))
    if group:
        place = dict(answers.targets)[first]
        yield f"  - name: {_yaml(words.test_vpc)}"
        yield from _case([(each, "x......") for each in group], "vpc_connect_failed", _yaml(f"vpc={place}"))


def _case(series: Sequence[tuple[str, str]], rule: str, target: str) -> Iterator[str]:
    yield f"    series: {{{', '.join(f'{_yaml(name)}: {marks}' for name, marks in series)}}}"
    yield "    expect:"
    for at, kind in (("0s", "raised"), ("6m", "cleared")):
        yield f"      - {{at: {at}, rule: {rule}, target: {target}, kind: {kind}}}"


def _group(answers: Answers) -> list[str]:
    """Two servers of the first VPC that has two; none where none has."""
    places: dict[str, list[str]] = {}
    for address, place in answers.targets:
        if place:
            places.setdefault(place, []).append(address)
    return next((members[:2] for members in places.values() if len(members) > 1), [])


def _yaml(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)

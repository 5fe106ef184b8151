"""`icwatch alarms`, `ack`, `unack` and `history` against a stack of the template."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from icwatch.errors import ItemError
from icwatch.evaluation.batch import evaluate_batch
from icwatch.model import (
    HEALTH,
    Acknowledgement,
    Alarm,
    Cause,
    Decision,
    Failure,
    Inventory,
    Kind,
    Level,
    Phase,
    ShardAlarms,
    Silence,
    Sweep,
    Transition,
    Weekly,
)
from icwatch.notices.defuse import without_links
from icwatch.storage.packing import pack
from icwatch.storage.tables import DynamoAlarms
from icwatch_cli.commands.ack import find, outdated
from icwatch_cli.commands.alarms import as_json, behind, listed, notices
from icwatch_cli.commands.history import line_writer
from icwatch_cli.deployed.current_alarms import CurrentAlarm, look
from icwatch_cli.deployed.events import Event, events
from icwatch_cli.deployed.notes import KEPT_SECONDS, NoteError
from icwatch_cli.deployed.silences import NO_MINUTE
from icwatch_cli.fleet.inventory_writer import InventoryWriter
from icwatch_cli.local.stack import Stack
from icwatch_cli.main import main

CHINA = timezone(timedelta(hours=8))
AT = 1_772_438_400
"""2026-03-02 08:00:00 UTC, 16:00:00 in China."""

FLEET = """\
targets:
  - {address: 10.1.0.7, labels: {vpc: vpc-1}}
  - {address: 10.2.0.1, labels: {vpc: vpc-2}}
  - {address: 10.2.0.2, labels: {vpc: vpc-2}}
rules:
  - {name: by_vpc, expression: max(ic_server_health) by (vpc) == 0, level: Down}
  - {name: ic_server_connect_failed, resend_interval: 10m, inhibited_by: [{rule: by_vpc, same: [vpc]}]}
  - {name: slow_to_raise, expression: ic_server_health == 0, duration: 1h, level: Info}
"""


class Deployed:
    """A stack that watches the fleet, and what happens there."""

    def __init__(self, stack: Stack) -> None:
        self.dynamodb: Any = boto3.client("dynamodb")
        self.outputs: Mapping[str, str] = stack.outputs
        self.inventory = InventoryWriter(self.dynamodb, self.outputs["InventoryTable"])

    def sweep(self, at: int, *down: str, unseen: Mapping[str, str] | None = None) -> list[Transition]:
        """Evaluate a sweep as the evaluator does."""
        inventory, why = self.inventory.load(), unseen or {}
        samples = {name: int(name not in down) for name in inventory.targets if name not in why}
        failures = {name: Failure(Cause.RESET) for name in down}
        store = DynamoAlarms(self.dynamodb, self.outputs["AlarmsTable"], self.outputs["TransitionsTable"], 90)
        outcome = evaluate_batch(store, inventory, [Sweep("shard-0001", at, {HEALTH: samples}, failures, unseen=why)])
        assert outcome.error is None
        return outcome.transitions


@pytest.fixture
def deployed(stack: Stack, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Deployed:
    """A stack that watches the fleet."""
    path = tmp_path / "fleet.yaml"
    path.write_text(FLEET)
    assert main(["apply", str(path), "--stack", "icwatch", "--yes"]) == 0
    capsys.readouterr()
    return Deployed(stack)


def call(*arguments: str) -> int:
    command, *rest = arguments
    return main([command, "--stack", "icwatch", *rest])


def told_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    assert call(*arguments, "--json") == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_an_alarm_from_its_beginning_over_silence_and_acknowledgement(
    deployed: Deployed, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = int(time.time())
    begins = now - now % 60 - 600
    assert call("alarms") == 0
    assert capsys.readouterr().out == "there is no current alarm\n"
    silence = Silence("k3m9xz", {"target": "10.1.0.7"}, begins - 60, now + 7200, None, "李丽", "机架搬迁", begins)
    deployed.inventory.note(deployed.inventory.load(), [silence])
    deployed.sweep(begins, "10.1.0.7", "10.2.0.1", "10.2.0.2")

    # What stands, and why nobody was notified of some.
    alarms = {each["id"]: each for each in told_json(capsys, "alarms")}
    key = "ic_server_connect_failed"
    assert alarms.keys() == {
        f"by_vpc:vpc=vpc-1:{begins}",
        f"by_vpc:vpc=vpc-2:{begins}",
        *(f"{key}:{target}:{begins}" for target in ("10.1.0.7", "10.2.0.1", "10.2.0.2")),
    }
    lone, inhibited = alarms[f"{key}:10.1.0.7:{begins}"], alarms[f"{key}:10.2.0.1:{begins}"]
    assert (lone["announced"], lone["silence"]["by"], lone["silence"]["comment"]) == (False, "李丽", "机架搬迁")
    assert (inhibited["announced"], inhibited["inhibited_by"]) == (False, "by_vpc:vpc=vpc-2")
    assert alarms[f"by_vpc:vpc=vpc-2:{begins}"]["announced"] is True
    everything = told_json(capsys, "alarms", "--all")
    assert [each["rule"] for each in everything if each["phase"] == "pending"] == ["slow_to_raise"] * 3
    with monkeypatch.context() as patch:
        patch.setattr("icwatch_cli.commands.alarms.time", SimpleNamespace(time=lambda: begins + 630))
        assert call("alarms", "--utc-offset", "+08:00") == 0
    told = capsys.readouterr()
    assert len(told.out.splitlines()) == 1 + 5
    assert "\x1b" not in told.out
    assert "; silence k3m9xz until " in told.out
    assert "10m" in told.out
    assert "shard-0001: the last sweep that was evaluated is of " in told.err

    # Acknowledged: not repeated; taken back: repeated.
    assert call("ack", "vpc=vpc-2", "--by", "Wu", "--comment", "calling the carrier") == 0
    assert capsys.readouterr().out == f"acknowledged by Wu: by_vpc of vpc=vpc-2 (by_vpc:vpc=vpc-2:{begins})\n"
    repeated = deployed.sweep(begins + 60, "10.1.0.7", "10.2.0.1", "10.2.0.2")
    assert [(each.kind, each.target) for each in repeated] == [("repeated", "vpc=vpc-1")]
    assert call("alarms", "--utc-offset", "+00:00") == 0
    assert "announced; acknowledged at " in (out := capsys.readouterr().out)
    assert " by Wu: calling the carrier\n" in out
    assert call("ack", "by_vpc:vpc=vpc-2", "--by", "Li") == 0
    assert "acknowledged by Li, before by Wu: " in capsys.readouterr().out
    history = told_json(capsys, "history", "--kind", "acknowledged")
    assert [(each["target"], each["by"]) for each in history] == [("vpc=vpc-2", "Li")]
    assert call("unack", f"by_vpc:vpc=vpc-2:{begins}") == 0
    assert "not acknowledged by Li any more: by_vpc of vpc=vpc-2" in capsys.readouterr().out
    assert call("unack", "vpc=vpc-2") == 2
    assert "vpc=vpc-2: is not acknowledged" in capsys.readouterr().err
    again = deployed.sweep(begins + 120, "10.1.0.7", "10.2.0.1", "10.2.0.2")
    assert {each.target for each in again if each.kind is Kind.REPEATED} == {"vpc=vpc-1", "vpc=vpc-2"}

    # What happened, and why nobody was notified.
    lines = history_of(capsys, "--rule", key)
    assert len(lines) == 3
    assert all("not announced" in line for line in lines)
    by_silence = "  value 0 == 0 (reset), held 0s of 0s; not announced (silence k3m9xz by 李丽: 机架搬迁"
    assert any("10.1.0.7" in line and by_silence in line for line in lines)
    assert any("10.2.0.2" in line and "(inhibited by by_vpc:vpc=vpc-2)" in line for line in lines)
    assert history_of(capsys, "--target", "10.1.0.7:8088") == history_of(capsys, "--target", "10.1.0.7") != []
    lines = history_of(capsys, "--target", "vpc=vpc-2", "--kind", "raised", "--kind", "repeated")
    assert [line.split()[1:5] for line in lines] == [
        ["raised", "Down", "vpc=vpc-2", "by_vpc"],
        ["repeated", "Down", "vpc=vpc-2", "by_vpc"],
    ]
    window = ["--from", str(begins + 60), "--to", str(begins + 120)]
    in_window = told_json(capsys, "history", *window)
    assert [(each["at"], each["kind"], each["target"]) for each in in_window] == [
        (begins + 60, "repeated", "vpc=vpc-1"),
    ]
    whole = told_json(capsys, "history")
    assert [each["at"] for each in whole] == sorted(each["at"] for each in whole)
    (silenced,) = [each for each in whole if each["silenced"]]
    assert (silenced["silenced_by"], silenced["silence"]["by"]) == ("k3m9xz", "李丽")

    # What cannot be acknowledged.
    assert call("ack", "10.1.0.8", "--by", "Wu") == 2
    assert "10.1.0.8: there is no such current alarm; did you mean 10.1.0.7?" in capsys.readouterr().err
    assert call("ack", "slow_to_raise:10.1.0.7", "--by", "Wu") == 2
    assert "its alarm is pending" in capsys.readouterr().err

    # Whoever reads in the middle of what cannot be read is told so, and sees the rest.
    broken = {"shard": "shard-0001", "at": begins + 90, "transitions": 5}
    deployed.dynamodb.put_item(TableName=deployed.outputs["TransitionsTable"], Item=pack(broken))
    assert call("history", "--json") == 1
    told = capsys.readouterr()
    assert len(told.out.splitlines()) == len(whole)
    assert "left out: Decision item (shard=shard-0001" in told.err
    deployed.dynamodb.put_item(
        TableName=deployed.outputs["AlarmsTable"], Item=pack({"shard": "shard-0001", "at": 5, "alarms": 5})
    )
    assert call("alarms") == 1
    assert "left out: ShardAlarms item (shard=shard-0001" in capsys.readouterr().err


def test_what_is_unseen_is_listed_from_its_beginning(deployed: Deployed, capsys: pytest.CaptureFixture[str]) -> None:
    """Since when and why; that operations were told; and its end, in the history only."""
    now = int(time.time())
    begins = now - now % 60 - 3600
    why = {"10.1.0.7": "Cannot assign requested address"}
    deployed.sweep(begins, unseen=why)
    assert call("alarms", "--utc-offset", "+00:00") == 0
    alone, head, row = capsys.readouterr().out.splitlines()
    assert (alone, head.split()[0]) == ("there is no current alarm", "monitoring")
    assert row.startswith("unseen      10.1.0.7")
    assert row.endswith("  not notified yet  Cannot assign requested address")
    for minute in range(1, 17):
        deployed.sweep(begins + 60 * minute, unseen=why)
    assert told_json(capsys, "alarms") == [
        {
            "id": "unseen:10.1.0.7",
            "shard": "shard-0001",
            "kind": "unseen",
            "subject": "10.1.0.7",
            "since": begins,
            "at": begins + 960,
            "reason": "Cannot assign requested address",
            "held": 960,
            "reported": True,
        }
    ]
    assert call("alarms") == 0
    assert "  notified    Cannot assign requested address" in capsys.readouterr().out
    deployed.sweep(begins + 1020, "10.1.0.7")
    assert all("rule" in line for line in told_json(capsys, "alarms"))
    report = {"target": "10.1.0.7", "since": begins, "reason": "Cannot assign requested address"}
    history = told_json(capsys, "history", "--target", "10.1.0.7", "--kind", "unseen", "--kind", "seen")
    assert history == [
        {"at": begins + 900, "kind": "unseen", **report},
        {"at": begins + 1020, "kind": "seen", **report},
    ]
    lines = [line.split() for line in history_of(capsys, "--target", "10.1.0.7", "--kind", "unseen")]
    assert [line[1:4] for line in lines] == [["unseen", "10.1.0.7", "since"]]
    assert history_of(capsys, "--rule", "by_vpc", "--kind", "unseen") == []


def history_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    assert call("history", *arguments) == 0
    return capsys.readouterr().out.splitlines()


def test_a_terminal_has_colours_and_a_pipe_has_not(deployed: Deployed) -> None:
    deployed.sweep(int(time.time()) - 60, "10.1.0.7")
    command = [sys.executable, "-m", "icwatch_cli.main", "alarms", "--stack", "icwatch"]
    piped = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "Down" in piped
    assert "\x1b" not in piped
    for environment, painted in ((os.environ, True), ({**os.environ, "NO_COLOR": "1"}, False)):
        terminal, theirs = pty.openpty()
        subprocess.run(command, stdout=theirs, stderr=subprocess.PIPE, env=environment, check=True)
        os.close(theirs)
        told = os.read(terminal, 8192).decode()
        os.close(terminal)
        assert "Down" in told
        assert ("\x1b[1;31mDown" in told) is painted


ALARM = Alarm(
    rule="ic_server_connect_failed",
    target="10.1.0.7",
    phase=Phase.ACTIVE,
    since=AT,
    seen=AT,
    level=Level.CRITICAL,
    value=0,
    failure=Failure(Cause.RESET),
    began_at=AT,
    raised_at=AT,
    reported_at=AT,
    reports=3,
    notified_levels=(Level.CRITICAL,),
)
GROUP = replace(ALARM, rule="by_vpc", target="vpc=vpc-2", level=Level.DOWN, failure=None, notified_levels=())
PENDING = replace(ALARM, target="10.1.0.9", phase=Phase.PENDING, raised_at=0, began_at=0, reports=0, notified_levels=())


def test_the_worst_come_first_and_columns_are_aligned() -> None:
    silence = Silence("k3m9xz", {"rule": "by_vpc"}, AT, AT + 7200, None, "李丽", "机架搬迁")
    known = Acknowledgement(ALARM.id, "Wu", "", AT + 60)
    inventory = Inventory(silences=(silence,), acknowledged={ALARM.id: known})
    current = ShardAlarms("shard-0001", AT, {each.key: each for each in (ALARM, PENDING, GROUP)})
    assert [*listed(look(inventory, [current], AT + 3700), AT + 3700, CHINA)] == [
        "level     target     rule                      phase    since, UTC+08:00     for    value  cause  reports  "
        "notices",
        "Down      vpc=vpc-2  by_vpc                    active   2026-03-02 16:00:00  1h 1m  0             3        "
        "not announced; silence k3m9xz until 2026-03-02 18:00:00 by 李丽: 机架搬迁",
        "Critical  10.1.0.7   ic_server_connect_failed  active   2026-03-02 16:00:00  1h 1m  0      reset  3        "
        "announced; acknowledged at 2026-03-02 16:01:00 by Wu",
        "Critical  10.1.0.9   ic_server_connect_failed  pending  2026-03-02 16:00:00  1h 1m  0      reset  0",
    ]


def test_a_silence_of_some_days_says_which_and_until_when_it_holds_now() -> None:
    """Monday to Wednesday in China; Wednesday ends there at 16:00 UTC."""
    weekly = Weekly((6, 0, 1), 960, 1440)
    silence = Silence("k3m9xz", {"rule": "x"}, AT, AT + 9**7, NO_MINUTE, "Li", "", 0, {"rule": ("by_vpc",)}, weekly)
    current = ShardAlarms("shard-0001", AT, {GROUP.key: GROUP})
    (standing,) = look(Inventory(silences=(silence,)), [current], AT)
    expected = "silence k3m9xz until 2026-03-05 00:00:00 (Mon-Wed) by Li"
    assert [*notices(standing, AT, CHINA)] == ["not announced", expected]
    assert json.loads(as_json(standing))["silence"]["others"] == {"rule": ["by_vpc"]}


def test_an_alarm_of_a_rule_that_is_gone_is_listed() -> None:
    current = ShardAlarms("shard-0001", AT, {ALARM.key: ALARM, GROUP.key: GROUP})
    assert look(Inventory(), [current], AT)[1] == CurrentAlarm("shard-0001", ALARM, None, None, None)


def test_a_shard_that_is_behind_is_named() -> None:
    shards = [ShardAlarms("a", AT), ShardAlarms("b"), ShardAlarms("c", AT + 20)]
    assert [*behind(Inventory(every=60), shards, AT + 200, CHINA)] == [
        "warning: a: the last sweep that was evaluated is of 2026-03-02 16:00:00 UTC+08:00, 3m 20s ago",
        "warning: b: no sweep was evaluated yet",
    ]


def test_an_alarm_is_found_by_what_names_it_alone() -> None:
    other = replace(ALARM, rule="slow")
    v6 = replace(ALARM, target="[2001:db8::1]:8089")
    dotted = replace(GROUP, target="vpc=http://vpc.example.com")
    alarms = [ALARM, other, GROUP, v6, dotted]
    for name, alarm in (
        (ALARM.id, ALARM),
        (ALARM.key, ALARM),
        (other.key, other),
        ("vpc=vpc-2", GROUP),
        ("[2001:db8::1]:8089", v6),
        (v6.id, v6),
        (dotted.id, dotted),
        (without_links(dotted.id), dotted),  # as a mail shows it
    ):
        assert find(name, alarms) is alarm
    with pytest.raises(NoteError) as raised:
        find("10.1.0.7", alarms)
    assert str(raised.value).splitlines() == [
        "10.1.0.7: 2 current alarms; write the id of one:",
        f"  ic_server_connect_failed:10.1.0.7:{AT}",
        f"  slow:10.1.0.7:{AT}",
    ]
    with pytest.raises(NoteError, match="there is no such current alarm; icwatch alarms lists those that do"):
        find("zzz", alarms)


def test_an_acknowledgement_is_kept_while_its_alarm_stands_and_for_a_while() -> None:
    acknowledged = {
        name: Acknowledgement(name, "Wu", "", at)
        for name, at in (
            ("old", AT - KEPT_SECONDS - 1),
            ("old but stands", AT - KEPT_SECONDS - 1),
            ("younger", AT - KEPT_SECONDS),
        )
    }
    assert [each.id for each in outdated(acknowledged, {"old but stands"}, AT)] == ["old"]


class Shards:
    """A history that says how much of it was asked for."""

    def __init__(self) -> None:
        self.given = 0

    def history(self, shard: str, first: int, last: int) -> Iterator[Decision | ItemError]:
        number = int(shard) if shard.isdigit() else last  # there was no drill
        for at in range(first + number, last, 2):
            self.given += 1
            transition = Transition("r", shard, Kind.RAISED, at, at, at, at, Level.INFO, 0, "why")
            yield Decision(shard, at, (transition, replace(transition, target="another")), {})


def test_shards_are_merged_by_time_and_read_as_far_as_is_needed() -> None:
    store = Shards()
    known = Acknowledgement("r:[::1]:80:3", "Wu", "", 3)
    inventory = Inventory(all_shards=("0", "1"), acknowledged={known.id: known})
    found = events(store, inventory, 0, 10**9, lambda error: None)
    first = [next(found) for _ in range(12)]
    assert [each.at for each in first] == [0, 0, 1, 1, 2, 2, 3, 3, 3, 4, 4, 5]
    assert [(each.rule, each.target) for each in first if each.kind == "acknowledged"] == [("r", "[::1]:80")]
    assert store.given < 10


def test_a_line_of_history() -> None:
    inventory = Inventory(targets={}, rules={}, silences=(Silence("k3m9xz", {}, 0, 1, None, "Li", "rack move"),))
    write = line_writer(inventory, CHINA)
    plain = Transition("r", "t", Kind.CLEARED, AT, AT, AT, AT, Level.INFO, 1, "good", announce=False)
    both = replace(
        plain, kind=Kind.RAISED, silenced=True, silenced_by="k3m9xz", inhibited_by="a:b", level=Level.CRITICAL
    )
    forgotten = replace(plain, silenced=True)
    told = replace(plain, announce=True)
    acknowledged = Acknowledgement("r:t:1", "Li", "on it", AT)
    assert [write(Event(AT, each.kind, "r", "t", each)) for each in (told, plain, both, forgotten)] == [
        "2026-03-02T16:00:00+08:00  cleared       Info      t  r  good",
        "2026-03-02T16:00:00+08:00  cleared       Info      t  r  good; not announced (nobody was notified of it)",
        "2026-03-02T16:00:00+08:00  raised        Critical  t  r  good; not announced "
        "(silence k3m9xz by Li: rack move; inhibited by a:b)",
        "2026-03-02T16:00:00+08:00  cleared       Info      t  r  good; not announced (silence)",
    ]
    assert write(Event(AT, "acknowledged", "r", "t", acknowledgement=acknowledged)) == (
        "2026-03-02T16:00:00+08:00  acknowledged            t  r  by Li: on it"
    )

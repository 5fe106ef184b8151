"""Items of the Inventory table that are torn, or of a form that is not known here: each costs itself and no other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from icwatch.errors import ConflictError
from icwatch.model import Acknowledgement, Inventory, Language, ProbeSpec, Silence, Target
from icwatch.storage.inventory import HEAD
from icwatch.storage.items import write_item
from icwatch_cli.fleet import parse_fleet
from icwatch_cli.fleet.inventory_writer import InventoryWriter
from icwatch_cli.fleet.plan import make_plan
from tests.conftest import Cloud
from tests.storage.test_stores import ALARM, EPOCH, RULE, Tables, tables

__all__ = ["tables"]

GOOD = Target("192.168.0.1", labels={"vpc": "vpc-1"})
SPOILT = Target("192.168.0.2", labels={"vpc": "vpc-1"})
BY_VPC = {"name": "by_vpc", "expression": 'min(ic_server_health{vpc=~"vpc.*"}) by (vpc) == 0'}
WANTED = parse_fleet(
    {
        "language": "en-US",
        "every": "30s",
        "route_by": ["vpc"],
        "merge_above": 7,
        "probe": {"path": "/health", "port": 9000},
        "probes": {"disk": {"path": "/disk"}, "load": {}},
        "targets": [{"address": each, "labels": {"vpc": "vpc-1"}} for each in ("192.168.0.1", "192.168.0.2")],
        "rules": [BY_VPC],
    }
)
RULES = WANTED.rules
SILENCE = Silence("k3m9xz", {"vpc": "vpc-1"}, EPOCH, EPOCH + 7200)
KNOWN = Acknowledgement(ALARM.id, "Li", "on it", EPOCH)

TORN = {"squeezed": {"B": b"torn"}}
"""As a raw attribute beside the key."""

GONE: Any = object()
"""An attribute that is not there."""

TARGET_ITEM = write_item(SPOILT, kind="target", id=SPOILT.id, shard="shard-0001")
RULE_ITEM = write_item(RULES["by_vpc"], kind="rule", id="by_vpc")
SILENCE_ITEM = write_item(SILENCE, kind="silence")
KNOWN_ITEM = write_item(KNOWN, kind="acknowledgement")


@dataclass
class House:
    """A table with the wanted fleet, a silence and an acknowledgement in it."""

    tables: Tables
    table: str

    def store(self) -> InventoryWriter:
        return InventoryWriter(self.tables.cloud.dynamodb, self.table)

    def put(self, item: dict[str, Any]) -> None:
        self.tables.put(self.table, {name: value for name, value in item.items() if value is not GONE})

    def tear(self, key: dict[str, Any], **plain: Any) -> None:
        """Put an item whose `squeezed` is torn; `plain` are texts beside it."""
        raw: Any = {name: {"S": value} for name, value in {**key, **plain}.items()}
        self.tables.cloud.dynamodb.put_item(TableName=self.table, Item={**raw, **TORN})

    def change_head(self, **fields: Any) -> None:
        self.put({**(self.tables.get(self.table, HEAD) or {}), **fields})


@pytest.fixture(scope="module")
def whole(cloud: Cloud) -> list[Any]:
    """The items of such a table, as `apply` and two notes write them."""
    tables = Tables(cloud)
    house = House(tables, tables.create("inventory", kind="S", id="S"))
    house.store().apply(make_plan(house.store().load(), WANTED))
    house.store().note(house.store().load(), [SILENCE, KNOWN])
    items = cloud.dynamodb.scan(TableName=house.table)["Items"]
    tables.drop()
    return list(items)


@pytest.fixture
def house(tables: Tables, whole: list[Any]) -> House:
    house = House(tables, tables.create("inventory", kind="S", id="S"))
    for item in whole:
        tables.cloud.dynamodb.put_item(TableName=house.table, Item=item)
    return house


def mended(house: House) -> Inventory:
    """The inventory after the fleet was applied again; a second time there is nothing to do."""
    house.store().apply(make_plan(house.store().load(), WANTED))
    loaded = house.store().load()
    assert make_plan(loaded, WANTED).empty
    assert (loaded.targets, loaded.rules) == (WANTED.targets, WANTED.rules)
    return loaded


TARGETS = [
    ({"port": "http"}, "port: 'http' is not a number"),
    ({"port": 0}, "port: 0 is no port"),
    ({"port": 8089}, "host and port are those of 192.168.0.2:8089"),
    ({"host": GONE}, "host is missing"),
    ({"host": ""}, "host: is empty"),
    ({"host": "192.168.0.1"}, "host and port are those of 192.168.0.1"),
    ({"scheme": "gopher"}, "scheme: 'gopher' is not one of http, https"),
    ({"labels": ["vpc-1"]}, "labels: ['vpc-1'] is not a mapping"),
    ({"probe": {"timeout": 0}}, "probe: timeout: 0 is not more than nothing"),
    ({"probe": {"body_pattern": "("}}, "probe: body_pattern: missing )"),
    ({"probes": {"disk": {"path": "disk"}}}, "probes.disk: path: 'disk' does not begin with /"),
    ({"shard": GONE}, "shard: is missing"),
    ({"shard": 5}, "shard: 5 is not a text"),
]


@pytest.mark.parametrize(("spoilt", "message"), TARGETS)
def test_a_torn_target_is_named_and_the_others_are_there(house: House, spoilt: dict[str, Any], message: str) -> None:
    house.put({**TARGET_ITEM, **spoilt})
    loaded = house.store().load()
    assert loaded.targets == {GOOD.id: GOOD}
    assert loaded.unreadable.keys() == {("target", SPOILT.id)}
    assert message in loaded.unreadable["target", SPOILT.id]
    assert loaded.shards.get(SPOILT.id) == (None if "shard" in spoilt else "shard-0001")
    assert mended(house).unreadable == {}


def test_a_target_whose_packed_part_is_torn_keeps_its_shard(house: House) -> None:
    house.tear({"kind": "target", "id": "x"}, shard="s-0")
    loaded = house.store().load()
    assert (loaded.targets, loaded.rules, loaded.silences) == (WANTED.targets, RULES, (SILENCE,))
    assert "squeezed cannot be read: LZMAError" in loaded.unreadable["target", "x"]
    assert (loaded.shards["x"], loaded.all_shards) == ("s-0", ("s-0", "shard-0001"))
    assert make_plan(loaded, WANTED).removed == ("x",), "the fleet file says what is watched"
    assert mended(house).unreadable == {}


def program(*steps: dict[str, Any]) -> dict[str, Any]:
    return {"program": list(steps)}


SELECT = {"do": "select", "metric": "ic_server_health"}
BY = {"do": "min", "labels": ["vpc"]}
RULE_CASES = [
    (program(), "it leaves 0 values instead of one"),
    (program(SELECT), "its values are by target, and the rule's groups by vpc"),
    (program(SELECT, BY, {"do": "forecast"}), "instruction 3 ('forecast'): this version does not know it"),
    (program(SELECT, {"do": "quantile", "labels": ["vpc"]}), "this version does not know it"),
    (program(BY), "instruction 1 ('min'): it has no values to work on"),
    (program(SELECT, BY, {"do": "-"}), "instruction 3 ('-'): it has no two sides"),
    (program({"do": "number", "number": 1}, {"do": "number", "number": 1}, {"do": "/"}), "both sides are numbers"),
    (program({"do": "number", "number": 1}), "its result is a number and not one value a group"),
    (program(SELECT, BY, SELECT, {"do": "-"}), "its sides are by vpc and by target"),
    (program(SELECT, BY, SELECT, {"do": "and"}), "its sides are by vpc and by target"),
    (program(SELECT, BY, {"do": "number", "number": 1}, {"do": "or"}), "instruction 4 ('or'): a side is a number"),
    (program(SELECT, BY, {"do": "unless"}), "instruction 3 ('unless'): it has no two sides"),
    (program(SELECT, BY, SELECT), "it leaves 2 values instead of one"),
    (program(SELECT, BY, {"do": "number"}, {"do": "-"}), "instruction 3 ('number') has no number"),
    (program(SELECT, BY, {"do": "round"}), "instruction 3 ('round') has no number"),
    (program(SELECT, BY, {"do": "round", "number": 0}), "nothing is a multiple of 0"),
    (program(SELECT, BY, {"do": "max", "labels": ["target"]}), "its values are of no targets any more"),
    (program({"do": "select"}, BY), "it names no metric"),
    (program({**SELECT, "matchers": [{"label": "vpc", "op": "=~", "value": "("}]}, BY), "the pattern for vpc cannot"),
    (program({**SELECT, "matchers": [{"label": "vpc", "op": "~=", "value": "a"}]}, BY), "'~=' is not one of ="),
    ({"program": "min"}, "program: 'min' is not a list"),
    ({"comparator": "=~"}, "comparator: '=~' is not one of =="),
    ({"bounds": []}, "it has no level"),
    ({"bounds": [{"level": "Apocalypse", "threshold": 0}]}, "bounds[0].level: 'Apocalypse' is not one of Down"),
    ({"bounds": [{"level": "Critical"}]}, "bounds[0].threshold is missing"),
    ({"overrides": [{"duration": 60}]}, "overrides[0].match is missing"),
    ({"overrides": [{"match": {}, "bounds": []}]}, "an override without one"),
    ({"cycle": 0}, "cycle: 0 is not a second or more"),
    ({"duration": "soon"}, "duration: 'soon' is not a number"),
    ({"name": "another"}, "name: it is 'another'"),
    ({"name": GONE}, "name is missing"),
]


@pytest.mark.parametrize(("spoilt", "message"), RULE_CASES)
def test_a_rule_that_cannot_be_evaluated_is_named_and_the_others_are_there(
    house: House, spoilt: dict[str, Any], message: str
) -> None:
    house.put({**RULE_ITEM, **spoilt})
    loaded = house.store().load()
    assert loaded.rules == {RULE.name: RULE}
    assert loaded.unreadable.keys() == {("rule", "by_vpc")}
    assert message in loaded.unreadable["rule", "by_vpc"]
    assert mended(house).unreadable == {}


def test_a_rule_that_cannot_be_read_goes_where_the_fleet_file_has_none(house: House) -> None:
    house.tear({"kind": "rule", "id": "of_old"})
    assert house.store().load().unreadable.keys() == {("rule", "of_old")}
    assert mended(house).unreadable == {}


NOTES = [
    ("silence", {**SILENCE_ITEM, "labels": GONE}, True),
    ("silence", {**SILENCE_ITEM, "ends_at": GONE}, True),
    ("silence", {**SILENCE_ITEM, "starts_at": "at dawn"}, False),
    ("silence", {**SILENCE_ITEM, "daily": ["Mon"]}, False),
    ("acknowledgement", {**KNOWN_ITEM, "by": {"team": "night"}}, False),
]


@pytest.mark.parametrize(("kind", "item", "torn"), NOTES)
def test_apply_removes_a_torn_note_and_leaves_one_that_a_newer_version_may_have_written(
    house: House, kind: str, item: dict[str, Any], torn: bool
) -> None:
    house.put(item)
    key = kind, str(item["id"])
    loaded = house.store().load()
    assert loaded.unreadable.keys() == {key}
    assert loaded.torn == ({key} if torn else set())
    assert loaded.silences == (() if kind == "silence" else (SILENCE,))
    assert loaded.acknowledged == ({KNOWN.id: KNOWN} if kind == "silence" else {})
    plan = make_plan(loaded, WANTED)
    assert plan.removed_torn == ((key,) if torn else ())
    assert plan.empty is not torn
    house.store().apply(plan)
    assert house.store().load().unreadable.keys() == (set() if torn else {key})
    assert (house.tables.get(house.table, {"kind": kind, "id": key[1]}) is None) is torn


@pytest.mark.parametrize("kind", ["silence", "acknowledgement"])
def test_a_note_whose_packed_part_is_torn_is_removed(house: House, kind: str) -> None:
    house.tear({"kind": kind, "id": "torn"})
    assert house.store().load().torn == {(kind, "torn")}
    assert mended(house).unreadable == {}


HEADS: list[tuple[str, Any, str, Any]] = [
    ("language", "fr-FR", "'fr-FR' is not one of zh-CN", None),
    ("language", 5, "is not one of zh-CN", None),
    ("every", "often", "'often' is not a number", 60),
    ("every", 0, "0 is less than 1", 60),
    ("route_by", "vpc", "'vpc' is not a list", ()),
    ("merge_above", True, "True is not a number", 5),
    ("merge_above", -1, "-1 is less than 0", 5),
    ("probe", 5, "is not a mapping", ProbeSpec()),
    ("probe", {"expect_status": ["2xx"]}, "probe.expect_status[0]: '2xx' is not a number", ProbeSpec()),
    ("probe", {"path": "health"}, "probe: path: 'health' does not begin with /", ProbeSpec()),
    ("probe", {"scheme": "grpc"}, "scheme: 'grpc' is not one of http, https", ProbeSpec()),
    ("probes", [], "it is not a mapping", {}),
    ("probes", {"disk": {"port": "x"}, "load": {}}, "probes.disk.port: 'x' is not a number", {"load": ProbeSpec()}),
    ("shards", {"s": 1}, "is not a list", None),
    ("control", "10.0.0.2:53", "is not a list", ()),
    ("control", [{"port": 53}], "control[0].host is missing", ()),
]


@pytest.mark.parametrize(("field", "value", "message", "default"), HEADS)
def test_a_field_of_the_head_that_cannot_be_read_takes_its_default_and_the_others_hold(
    house: House, field: str, value: Any, message: str, default: Any
) -> None:
    whole = house.store().load()
    house.change_head(**{field: value})
    loaded = house.store().load()
    assert loaded.unreadable.keys() == {("fleet", f"head.{field}")}
    assert message in loaded.unreadable["fleet", f"head.{field}"]
    held = {"language", "every", "route_by", "merge_above", "probe", "probes", "version"} - {field}
    assert {name: getattr(loaded, name) for name in held} == {name: getattr(whole, name) for name in held}
    if field != "shards":
        assert getattr(loaded, field) == default
    assert (loaded.targets, loaded.rules, loaded.all_shards) == (WANTED.targets, RULES, ("shard-0001",))
    assert field in "".join(make_plan(loaded, WANTED).settings), "so apply writes it anew"
    repaired = mended(house)
    assert (repaired.unreadable, repaired.language, repaired.every) == ({}, Language.EN_US, 30)


@pytest.mark.parametrize("version", ["two", -1, True])
def test_a_version_that_cannot_be_read_is_replaced_and_no_reader_keeps_what_it_had(house: House, version: Any) -> None:
    reader = house.store()
    before = reader.load()
    house.change_head(version=version)
    house.tables.put(house.table, {**TARGET_ITEM, "labels": {"vpc": "vpc-9"}})
    assert reader.load().targets[SPOILT.id].labels == {"vpc": "vpc-9"}
    assert ("fleet", "head.version") in reader.load().unreadable
    stale = make_plan(before, WANTED)
    with pytest.raises(ConflictError):
        house.store().apply(stale)
    repaired = mended(house)
    assert repaired.unreadable == {}
    assert repaired.version > before.version + 1000, "a version that no reader can still hold"


def test_a_head_whose_packed_part_is_torn_holds_what_lies_beside_it(house: House) -> None:
    head = house.tables.get(house.table, HEAD) or {}
    raw: Any = {**{name: {"S": value} for name, value in HEAD.items()}, **TORN}
    raw |= {"version": {"N": str(head["version"])}, "complete": {"BOOL": True}, "language": {"S": "en-US"}}
    house.tables.cloud.dynamodb.put_item(TableName=house.table, Item=raw)
    loaded = house.store().load()
    assert (loaded.language, loaded.probe, loaded.version) == (Language.EN_US, ProbeSpec(), head["version"])
    assert loaded.unreadable.keys() == {
        ("fleet", f"head.{name}") for name in ("route_by", "probe", "probes", "shards", "control")
    }
    assert mended(house).unreadable == {}


def test_an_operator_writes_beside_what_cannot_be_read(house: House) -> None:
    house.tear({"kind": "target", "id": "x"}, shard="s-0")
    house.change_head(language="fr-FR")
    for version in (None, "two"):
        if version is not None:
            house.change_head(version=version)
        inventory = house.store().load()
        other = Silence("other", {"vpc": "vpc-2"}, EPOCH, EPOCH + 60)
        house.store().note(inventory, [other], [])
        assert {each.id for each in house.store().load().silences} == {SILENCE.id, "other"}
        house.store().note(house.store().load(), [], [other])

"""The JSON Schema of the fleet file agrees with what reads the file, and with what is shipped."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, ValidationError, validators

from icwatch.errors import ConfigError
from icwatch.model import Language
from icwatch_cli.commands.schema import fleet_schema
from icwatch_cli.fleet import builtin, parse_fleet
from icwatch_cli.fleet.document import FileError
from icwatch_cli.fleet.yaml_file import read_yaml
from icwatch_cli.main import main
from tests.cli.commands.test_check import BAD as BAD_FILES
from tests.cli.commands.test_check import WARNED
from tests.cli.fleet.test_fleet import BAD
from tests.documents import fleets, odd, spoilt
from tests.examples import examples

ROOT = Path(__file__).parents[3]
SCHEMA = fleet_schema()

RULE = r"rules\[\d+\]"
BEYOND = {
    "a target twice": r"targets\[\d+\]: .* is listed already as ",
    "the port twice": r"targets\[\d+\]\.port: differs from the port in ",
    "the address itself": r"\S*: (port \d+ is out of range|'.*' is no (address|IPv4) )",
    "an address that no server has": r"\S*: '.*' is .*, which is never asked",
    "a label that stands for no letters": r"\S*: '.*' holds \S+, which is no valid internationalized label",
    "a password": r".*: holds a URL with a password",
    "invisible characters": r".*: holds control or invisible characters",
    "a duration's size": r".*: .* is (too short|out of range|not a whole number of seconds)",
    "a number's digits": r".*threshold: is the number (\S*E-|nan|\d*\.)",
    "a whole number with a point": r".*: is the number \d+\.0; write a whole number",
    "a regular expression": r".*\.body_pattern: is no regular expression ",
    "a probe that the fleet has not": r"targets\[\d+\]\.probes\S*: '.*' is no probe of the fleet",
    "the probes of a target in all": r"targets\[\d+\]\.probes: holds \d+ probes",
    "a rule twice": rf"{RULE}\.name: .* is defined already as ",
    "a timeout beside the collection cycle": r"\S*\.timeout: \S+ does not fit into a cycle of ",
    "a template's variables": rf"{RULE}\.(summary|description|recovery|runbook)\S*: (\S+ is (nei|mad)|holds a \$)",
    "what an expression means": rf"{RULE}\.expression: ",
    "a condition that is missing": rf"{RULE}\.threshold: is missing",
    "a condition twice": rf"{RULE}\.(comparator|threshold|levels): is written beside the expression's own condition",
    "a level twice": rf"{RULE}\S*\.levels\[\d+\]\.level: \S+ is listed already",
    "a level that is never reached": rf"{RULE}\S*\.levels: \S+ at \S+ is never reached",
    "one of several levels": rf"{RULE}\.overrides\[\d+\]\.(threshold|level): is one of several levels",
    "a label that nobody carries": rf"{RULE}\S*: no target carries the label ",
    "an inhibitor that is no rule": rf"{RULE}\.inhibited_by\[\d+\]\.rule: '.*' is not known",
    "inhibitions in a circle": rf"{RULE}\.inhibited_by\[\d+\]\.rule: \S+ is inhibited by ",
    "a group too large for a shard": rf"{RULE}\S*: .* more than the \d+ of a shard",
    "where a control endpoint is": r"control\[\d+\]\S*: (is on the host|is this machine|names no port|\S+ is listed)",
}
"""What only `icwatch check` finds, because it hangs on several values or on what a value means."""


def _pattern(_: object, pattern: str, text: object, __: object) -> Any:
    """As JSON Schema has it (ECMA-262): `$` is the end of the text, and not also before a last line break."""
    if isinstance(text, str) and not re.search(re.sub(r"\$$", r"\\Z", pattern), text):
        yield ValidationError(f"{text!r} does not fit {pattern}")


def validator_of(schema: object) -> Any:
    """What holds documents against a schema."""
    return validators.extend(Draft202012Validator, {"pattern": _pattern})(schema)


VALIDATOR = validator_of(SCHEMA)


def problems(document: object) -> list[str]:
    try:
        parse_fleet(document)
    except ConfigError as error:
        return [str(problem) for problem in error.problems]
    return []


def is_beyond(problem: str) -> bool:
    return any(re.match(pattern, problem, re.DOTALL) for pattern in BEYOND.values())


def agree(document: object) -> None:
    found = problems(document)
    if VALIDATOR.is_valid(document):
        assert [problem for problem in found if not is_beyond(problem)] == []
    else:
        assert found, [error.message for error in VALIDATOR.iter_errors(document)]


def has_text_keys(value: object) -> bool:
    """Whether JSON can hold it: names are texts."""
    if isinstance(value, dict):
        return all(isinstance(name, str) and has_text_keys(inner) for name, inner in value.items())
    return all(map(has_text_keys, value)) if isinstance(value, list) else True


def test_the_shipped_schema_is_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    printed = capsys.readouterr().out
    assert (ROOT / "docs/fleet.schema.json").read_text(encoding="utf-8") == printed
    assert json.loads(printed) == SCHEMA
    Draft202012Validator.check_schema(SCHEMA)


def test_every_field_says_what_it_is() -> None:
    def look(schema: object) -> None:
        if isinstance(schema, dict):
            for name, shape in schema.get("properties", {}).items():
                assert name in [*Language] or {"title", "description"} <= shape.keys(), name
            for name, inner in schema.items():
                if name != "if":
                    look(inner)

    look(SCHEMA)


@pytest.mark.parametrize("name", ["fleet.yaml", "vpc.yaml", "ocp.yaml"])
def test_the_examples_name_the_schema_and_fit_it(name: str) -> None:
    text = (ROOT / "examples" / name).read_text(encoding="utf-8")
    schema = re.match(r"# yaml-language-server: \$schema=(\S+)\n", text)
    assert schema is not None
    assert (ROOT / "examples" / schema[1]).resolve() == ROOT / "docs/fleet.schema.json"
    VALIDATOR.validate(yaml.safe_load(text))


OWN = {"name": "a", "expression": "up", "threshold": 1}


def test_the_defaults_are_the_readers() -> None:
    """Whoever writes every default that the schema tells has written nothing."""

    def defaults(shapes: Any) -> dict[str, object]:
        return {name: shape["default"] for name, shape in shapes["properties"].items() if "default" in shape}

    definitions: Any = SCHEMA["$defs"]
    rule = defaults(definitions["rule"])
    written = {
        **defaults(SCHEMA),
        "targets": [{"address": "192.168.0.1", **defaults(definitions["target"])}],
        "rules": [{"name": builtin.NAME, **rule}, {**OWN, **rule}],
    }
    assert {"comparator", "duration", "clear_cycle", "level", "summary", "description", "enabled"} == rule.keys()
    assert parse_fleet(written) == parse_fleet({"targets": ["192.168.0.1"], "rules": [{"name": builtin.NAME}, OWN]})


@pytest.mark.parametrize(
    ("document", "message"),
    [(document, message) for document, message in BAD if has_text_keys(document)],
    ids=[message[:70] for document, message in BAD if has_text_keys(document)],
)
def test_what_the_reader_refuses_the_schema_refuses_but_what_is_beyond_it(document: object, message: str) -> None:
    assert VALIDATOR.is_valid(document) <= is_beyond(message)
    agree(document)


def test_the_bad_files_are_refused_alike(tmp_path: Path) -> None:
    path, held = tmp_path / "fleet.yaml", 0
    for _, text, _ in BAD_FILES:
        path.write_text(text, encoding="utf-8")
        try:
            document = read_yaml(path).root
        except FileError:
            continue  # no YAML, so no schema is held against it
        agree(document)
        held += 1
    assert held > 40


@pytest.mark.parametrize("text", [each[1] for each in WARNED], ids=[each[0] for each in WARNED])
def test_what_is_only_warned_of_fits(text: str, tmp_path: Path) -> None:
    (tmp_path / "fleet.yaml").write_text(text, encoding="utf-8")
    VALIDATOR.validate(read_yaml(tmp_path / "fleet.yaml").root)


def fleet(target: object = "192.168.0.1", **fields: object) -> dict[str, object]:
    return {"targets": [target], **fields}


def target(**fields: object) -> dict[str, object]:
    return fleet({"address": "192.168.0.1", **fields})


def rule(**fields: object) -> dict[str, object]:
    return fleet(rules=[{"name": builtin.NAME, **fields}])


LIMITS = [
    (fleet("255.199.249.9"), fleet("255.199.256.9")),
    (fleet("[::ffff:192.168.0.1]:65535"), fleet("[::ffff:192.168.0.1]:655350")),
    (fleet("A" * 63 + ".b."), fleet("A" * 64 + ".b.")),
    (target(port=1), target(port=0)),
    (target(port=65535), target(port=65536)),
    (target(labels={f"l{number}": "x" for number in range(20)}), target(labels={f"l{n}": "x" for n in range(21)})),
    (target(labels={"l" * 64: "x"}), target(labels={"l" * 65: "x"})),
    (target(labels={"vpc": "x" * 256}), target(labels={"vpc": "x" * 257})),
    (target(labels={"vpc": " x\u3000"}), target(labels={"vpc": " \u3000"})),
    (fleet(language=None), fleet(every=None)),
    (fleet(language="zh-TW"), fleet(language="zh-HK")),
    (fleet(route_by=[]), fleet(route_by=None)),
    (fleet(route_by=["a", "b", "c"]), fleet(route_by=["a", "b", "c", "d"])),
    (fleet(route_by=["a" * 64]), fleet(route_by=["a" * 65])),
    (fleet(route_by=["vpc", "vpcs"]), fleet(route_by=["vpc", "vpc"])),
    (fleet(route_by=["rules"]), fleet(route_by=["rule"])),
    (fleet(route_by=["host"]), fleet(route_by=["host_ip"])),
    (fleet(merge_above=1), fleet(merge_above=0)),
    (fleet(merge_above=200), fleet(merge_above=201)),
    (fleet(probe={"path": "/" + "~" * 1023}), fleet(probe={"path": "/" + "~" * 1024})),
    (fleet(probe={"expect_status": [200, 599]}), fleet(probe={"expect_status": [200, 600]})),
    (fleet(probe={"expect_status": [200]}), fleet(probe={"expect_status": [199]})),
    (rule(duration="0.5m" * 10), rule(duration="0.5m" * 10 + "1s")),
    (rule(duration="999999999s"), rule(duration="1000000000s")),
    (rule(resend_interval=None), rule(clear_cycle=None)),
    (rule(threshold=10**15 - 1), rule(threshold=10**15)),
    (rule(threshold=-(10**15) + 1), rule(threshold=-(10**15))),
    (rule(display_name="x" * 256), rule(display_name="x" * 257)),
    (rule(description={"en-US": "x" * 4096}), rule(description={"en-US": "x" * 4097})),
    (rule(runbook=["x" * 1024] * 20), rule(runbook=["x"] * 21)),
    (rule(runbook=["x" * 1024]), rule(runbook=["x" * 1025])),
    (rule(runbook={"en-US": []}), rule(runbook={})),
    (rule(summary={"zh-TW": "x"}), rule(summary={"zh-HK": "x"})),
    (rule(exclude=["192.168.0.9"] * 100), rule(exclude=["192.168.0.9"] * 101)),
    (rule(exclude=["vpc=vpc-1", {"target": "vpc=1"}]), rule(exclude=[{"target": ""}])),
    (rule(exclude=[{"vpc": "x" * 256}]), rule(exclude=[{"vpc": "x" * 257}])),
    (rule(exclude=[]), rule(exclude=[{}])),
    (rule(filter={"vpc": ["a", "b"], "zone": "c"}), rule(filter={"vpc": []})),
    (rule(filter={"target": "a"}), rule(filter={})),
    (rule(group_by=["target"]), rule(group_by=[])),
    (rule(group_by=["target"]), rule(group_by=["target", "target"])),
    (rule(levels=[{"level": "Down", "threshold": 0}]), rule(levels=[])),
    (rule(levels=[{"level": "Down", "threshold": 0}]), rule(levels=[{"level": "Down"}])),
    (rule(levels=[{"level": "Down", "threshold": 0}]), rule(levels=[{"level": "Down", "threshold": 0}], threshold=0)),
    (rule(overrides=[{"match": "a", "level": "Down"}] * 100), rule(overrides=[{"match": "a", "level": "Down"}] * 101)),
    (rule(overrides=[{"match": "a=b", "resend_interval": "1s"}]), rule(overrides=[{"match": "a"}])),
    (rule(overrides=[{"match": "a=b", "clear_cycle": "1s"}]), rule(overrides=[{"clear_cycle": "1s"}])),
    (rule(overrides=[{"match": "a=b", "clear_cycle": "1s"}]), rule(overrides=[{"match": "a", "clear_cycle": None}])),
    (rule(inhibited_by=[]), rule(inhibited_by=[{"rule": "b"}])),
    (
        fleet(rules=[{"name": "a" * 64, "expression": "up == 1"}]),
        fleet(rules=[{"name": "a" * 65, "expression": "up == 1"}]),
    ),
    (fleet(rules=[{"name": builtin.NAME}]), fleet(rules=[{"name": "a"}])),
    (
        fleet(rules=[{**OWN, "name": f"a{n}"} for n in range(20)]),
        fleet(rules=[{**OWN, "name": f"a{n}"} for n in range(21)]),
    ),
    (fleet(rules=[{**OWN, "expression": "up" + " " * 998}]), fleet(rules=[{**OWN, "expression": "up" + " " * 999}])),
    (fleet(probe={"port": 65535, "scheme": "https"}), fleet(probe={"port": 0})),
    (fleet(probe={"body": "x" * 1000}), fleet(probe={"body": "x" * 1001})),
    (fleet(probe={"body_pattern": "x" * 1000}), fleet(probe={"body_pattern": ""})),
    (fleet(probes={f"a{n}": {} for n in range(20)}), fleet(probes={f"a{n}": {} for n in range(21)})),
    (fleet(probes={"a" * 128: {}}), fleet(probes={"a" * 129: {}})),
    (fleet(probes={"a:B": {}}), fleet(probes={"ic_server_health": {}})),
    ({**target(probes={"a": False, "b": {"port": 1}}), "probes": {"a": {}}}, target(probes={"a": True})),
    ({**target(probes=["a", "a"]), "probes": {"a": {}}}, target(probes=[5])),
    (target(probe={"path": "/"}), target(probe={"path": ""})),
    (target(probes=[]), target(probes="a")),
]
"""What is just good, and what is just too much."""


@pytest.mark.parametrize(("good", "bad"), LIMITS, ids=[str(bad)[:70] for _, bad in LIMITS])
def test_the_limits_are_the_same(good: object, bad: object) -> None:
    assert (problems(good), VALIDATOR.is_valid(good)) == ([], True)
    assert problems(bad)
    assert not VALIDATOR.is_valid(bad)


def own(**fields: object) -> dict[str, object]:
    """A fleet with one label and a rule of the user's own, which is no problem as long as the fields are none."""
    return target(labels={"vpc": "vpc-1"}) | {"rules": [{**OWN, **fields}]}


def override(**fields: object) -> dict[str, object]:
    return own(overrides=[{"match": "192.168.0.1", **fields}])


TWO = [{"level": "Alert", "threshold": 2}, {"level": "Caution", "threshold": 1}]
SEVERAL = {name: value for name, value in OWN.items() if name != "threshold"} | {"comparator": ">", "levels": TWO}
SAME = {"same": ["target"]}

OTHER_BAD: list[Any] = [
    fleet(control=["192.168.0.1:53"]),
    fleet("169.254.169.254"),
    fleet("xn--a"),
    target(labels={"ocp": "http://root:secret@10.0.0.9:8080"}),
    {"targets": [{"address": "192.168.0.1", "port": 80.0}]},
    {"targets": ["192.168.0.1\n"], "probe": {"path": "/ok\n"}},
    {"targets": ["192.168.0.1"], "every": "60s\n"},
    {"targets": ["192.168.0.300"]},
    fleet(probe={"body_pattern": "(ok"}),
    target(probes=["up"]),
    target(probes={"up": False}),
    {**target(probes={f"a{n}": {} for n in range(20)}), "probes": {"b": {}}},
    own(expression="rate(up[5m])"),
    fleet(rules=[{"name": "a", "expression": "up"}]),
    own(expression="up == 1"),
    fleet(rules=[{"name": "a", "expression": "up == 1", "levels": TWO}]),
    fleet(rules=[{**SEVERAL, "levels": [TWO[0], {"level": "Alert", "threshold": 1}]}]),
    fleet(rules=[{**SEVERAL, "comparator": "<"}]),
    fleet(rules=[{**SEVERAL, "overrides": [{"match": "192.168.0.1", "threshold": 5}]}]),
    own(group_by=["zone"], expression="max(up) by (@GBLABELS)"),
    own(expression="max(up) by (zone)"),
    own(inhibited_by=[{"rule": "b", **SAME}]),
    own(inhibited_by=[{"rule": "a", **SAME}]),
    own(inhibited_by=[{"rule": builtin.NAME, "same": ["zone"]}]),
    own(runbook=["${who}"]),
    own(summary="${alarm_summary}"),
    {
        "targets": [{"address": f"10.0.0.{number}", "labels": {"vpc": "vpc-1"}} for number in range(201)],
        "rules": [{"name": "a", "expression": "max(up) by (vpc) == 0"}],
    },
]


@pytest.mark.parametrize("document", OTHER_BAD, ids=str)
def test_more_that_is_refused(document: object) -> None:
    assert problems(document)
    agree(document)


@pytest.mark.parametrize("name", BEYOND)
def test_what_is_beyond_the_schema_is_there(name: str) -> None:
    """Each entry excuses something that the schema does take and the reader does not."""
    documents = [*OTHER_BAD, *(document for document, _ in BAD if has_text_keys(document))]
    taken = [document for document in documents if VALIDATOR.is_valid(document)]
    assert any(re.match(BEYOND[name], problem) for document in taken for problem in problems(document))


ANY = fleets(good=True) | fleets(good=False) | spoilt()


@pytest.mark.parametrize(
    "documents",
    [fleets(good=True), fleets(good=False), spoilt(), odd],
    ids=["good", "nearly good", "spoilt", "odd"],
)
@examples(few=50, many=1200)
@given(st.data())
def test_the_schema_and_the_reader_agree(documents: st.SearchStrategy[object], data: st.DataObject) -> None:
    agree(data.draw(documents))


@pytest.mark.parametrize("takes", [(True, True), (True, False), (False, False)])
def test_there_are_documents_of_every_kind_to_agree_on(takes: tuple[bool, bool]) -> None:
    """Any is enough; it need not be the smallest."""
    only_found = settings(max_examples=2000, phases=[Phase.generate])
    find(ANY, lambda document: (VALIDATOR.is_valid(document), not problems(document)) == takes, settings=only_found)

"""The JSON Schema of the fleet file agrees with what reads the file, and with what is shipped."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import find, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, ValidationError, validators

from cli.main import main
from cli.schema import fleet_schema
from icwatch import builtin
from icwatch.config import parse_fleet
from icwatch.errors import ConfigError
from tests.unit.test_config import BAD

ROOT = Path(__file__).parents[2]
SCHEMA = fleet_schema()

BEYOND = {
    "a target twice": r"targets\[\d+\]: .* is listed already as ",
    "the port twice": r"targets\[\d+\]\.port: differs from the port in ",
    "the address itself": r"targets\[\d+\](\.address)?: (port \d+ is out of range|.* is no (address|IPv4) )",
    "invisible characters": r".*: holds control or invisible characters",
    "a duration's size": r".*: .* is (too short|out of range|not a whole number of seconds)",
    "a number's digits": r"rules\[\d+\]\.threshold: is the number (\S*E-|nan|\d*\.)",
    "a whole number with a point": r".*: is the number \d+\.0; write a whole number",
    "a rule twice": r"rules\[\d+\]\.name: .* is defined already as ",
    "a cycle beside the collection cycle": r"(rules\[\d+\]\.cycle|every): \d+s is (shorter|longer) than ",
    "a template's variables": r"rules\[\d+\]\.(summary|description): (.* is neither a variable|holds a \$)",
}
"""What only `icwatch check` finds, because it hangs on several values or on what a value means."""


def _pattern(_: object, pattern: str, text: object, __: object) -> Any:
    """As JSON Schema has it (ECMA-262): `$` is the end of the text, and not also before a last line break."""
    if isinstance(text, str) and not re.search(re.sub(r"\$$", r"\\Z", pattern), text):
        yield ValidationError(f"{text!r} does not fit {pattern}")


VALIDATOR = validators.extend(Draft202012Validator, {"pattern": _pattern})(SCHEMA)


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
                assert name in ("zh-CN", "en-US") or {"title", "description"} <= shape.keys(), name
            for inner in schema.values():
                look(inner)

    look(SCHEMA)


def test_the_example_names_the_schema_and_fits_it() -> None:
    text = (ROOT / "examples/fleet.yaml").read_text(encoding="utf-8")
    schema = re.match(r"# yaml-language-server: \$schema=(\S+)\n", text)
    assert schema is not None
    assert (ROOT / "examples" / schema[1]).resolve() == ROOT / "docs/fleet.schema.json"
    VALIDATOR.validate(yaml.safe_load(text))


def test_the_defaults_are_the_readers() -> None:
    """Whoever writes every default that the schema tells has written nothing."""

    def defaults(shapes: Any) -> dict[str, object]:
        return {name: shape["default"] for name, shape in shapes["properties"].items() if "default" in shape}

    definitions: Any = SCHEMA["$defs"]
    written = {
        **defaults(SCHEMA),
        "targets": [{"address": "192.168.0.1", **defaults(definitions["target"])}],
        "probe": defaults(SCHEMA["properties"]["probe"]),  # type: ignore[index]
        "rules": [defaults(definitions["rule"])],
    }
    assert parse_fleet(written) == parse_fleet({"targets": ["192.168.0.1"]})


@pytest.mark.parametrize(
    ("document", "message"),
    [(document, message) for document, message in BAD if has_text_keys(document)],
    ids=[message[:70] for document, message in BAD if has_text_keys(document)],
)
def test_what_the_reader_refuses_the_schema_refuses_but_what_is_beyond_it(document: object, message: str) -> None:
    assert VALIDATOR.is_valid(document) <= is_beyond(message)
    agree(document)


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
]
"""What is just good, and what is just too much."""


@pytest.mark.parametrize(("good", "bad"), LIMITS, ids=[str(bad)[:70] for _, bad in LIMITS])
def test_the_limits_are_the_same(good: object, bad: object) -> None:
    assert (problems(good), VALIDATOR.is_valid(good)) == ([], True)
    assert problems(bad)
    assert not VALIDATOR.is_valid(bad)


OTHER_BAD = [
    {"targets": [{"address": "192.168.0.1", "port": 80.0}]},
    {"targets": ["192.168.0.1\n"], "probe": {"path": "/ok\n"}},
    {"targets": ["192.168.0.1"], "every": "60s\n"},
    {"targets": ["192.168.0.300"]},
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


odd = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=4,
)


def fleets(*, good: bool) -> st.SearchStrategy[object]:
    """Fleets of values that are good by themselves, or of those and of values that are nearly so."""

    def some(right: st.SearchStrategy[Any], wrong: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        return right if good else right | wrong

    word = some(st.text("ab 等\u3000", min_size=1, max_size=6).filter(str.strip), st.text("a${} \n\u202e", max_size=4))
    texts = word | st.dictionaries(st.sampled_from(["zh-CN", "en-US", *([] if good else ["fr"])]), word, min_size=good)
    duration = some(
        st.sampled_from(["60s", "2m", "1h30m", "90.5m", "60000ms"]),
        st.from_regex(r"\A([0-9]{1,3}(\.[0-9])?(ms|s|m|h|d)){1,2}\n?\Z"),
    )
    address = some(
        st.sampled_from(["10.0.0.1", " ::1", "[::1]:80", "A.b:8089", "[a]", "_x."])
        | st.ip_addresses(network="10.0.0.0/8").map(str)
        | st.ip_addresses(network="2001:db8::/32").map(str),
        st.text("aB1-._:[] \n", max_size=10) | st.ip_addresses().map(str),
    )
    target: dict[str, st.SearchStrategy[object]] = {
        "port": some(st.integers(1, 65535), st.sampled_from([0, 65536, 80.0])),
        "scheme": some(st.sampled_from(["http", "https"]), st.just("ftp")),
        "labels": st.dictionaries(
            some(st.sampled_from(["vpc", "_a1"]), st.sampled_from(["Vpc", "rule", "vpc\n"])), word, max_size=3
        ),
    }
    probe: dict[str, st.SearchStrategy[object]] = {
        "path": some(st.sampled_from(["/", "/ok?a=1"]), st.text('/a#" ~\n', max_size=4)),
        "timeout": some(st.sampled_from(["1ms", "3s", "0.5m"]), duration),
        "expect_status": st.lists(some(st.integers(200, 599), st.integers(199, 600)), min_size=good, max_size=2),
    }
    limit = 10**15 - good
    rule: dict[str, st.SearchStrategy[object]] = {
        "expression": st.just(builtin.RULE["expression"]),
        "comparator": some(st.sampled_from(["==", "<="]), st.just("=")),
        "threshold": some(st.integers(-limit, limit) | st.decimals(-9, 9, places=3), st.floats() | st.just(limit)),
        **dict.fromkeys(["duration", "cycle", "clear_cycle"], duration),
        "resend_interval": duration | st.none(),
        "level": some(st.sampled_from(["Down", "Info"]), st.just("info")),
        "scope": some(st.sampled_from(["Host", "Tenant"]), st.just("host")),
        **dict.fromkeys(["display_name", "summary", "description"], texts),
        "enabled": st.booleans(),
    }
    named = {"name": some(st.just(builtin.NAME), st.just("other"))}
    rules = st.lists(st.fixed_dictionaries(named, optional=rule), max_size=1 if good else 2)
    targets = st.lists(
        address | st.fixed_dictionaries({"address": address}, optional=target), min_size=good, max_size=2
    )
    languages = some(st.sampled_from(["zh-CN", "en-US", None]), st.just("fr"))
    return st.fixed_dictionaries(
        {"targets": targets},
        optional={
            "language": languages,
            "every": some(st.sampled_from(["1s", "0.5m", "60s"]), duration),
            "probe": st.fixed_dictionaries({}, optional=probe),
            "rules": rules,
        },
    )


@st.composite
def spoilt(draw: st.DrawFn) -> object:
    """A fleet with something odd in one place, or one field too many."""
    whole: Any = draw(fleets(good=True))
    spot = whole
    while isinstance(spot, dict | list) and spot:
        names = [*spot] if isinstance(spot, dict) else [*range(len(spot))]
        name = draw(st.sampled_from(names))
        if not isinstance(spot[name], dict | list) or not spot[name] or draw(st.booleans()):
            if isinstance(spot, dict) and draw(st.booleans()):
                name = draw(st.text(max_size=4))
            spot[name] = draw(odd)
            break
        spot = spot[name]
    return whole


ANY = fleets(good=True) | fleets(good=False) | spoilt()


@pytest.mark.parametrize(
    "documents",
    [fleets(good=True), fleets(good=False), spoilt(), odd],
    ids=["good", "nearly good", "spoilt", "odd"],
)
@settings(max_examples=300)
@given(st.data())
def test_the_schema_and_the_reader_agree(documents: st.SearchStrategy[object], data: st.DataObject) -> None:
    agree(data.draw(documents))


@pytest.mark.parametrize("takes", [(True, True), (True, False), (False, False)])
def test_there_are_documents_of_every_kind_to_agree_on(takes: tuple[bool, bool]) -> None:
    find(ANY, lambda document: (VALIDATOR.is_valid(document), not problems(document)) == takes)

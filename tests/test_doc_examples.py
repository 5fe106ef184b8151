"""The examples in the documents of both languages: whole fleet files and recipes are good, the built-in rule is the one
that is built in, every recipe does what is said of it, and notices are shown as they arrive."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from samtranslator.yaml_helper import yaml_parse

from icwatch.model import Cause, Failure, Kind, Language, Level, Share, Transition
from icwatch.notices import Style, write_notice
from icwatch_cli.fleet import FLEET_FIELDS, builtin, parse_fleet, parse_rule, read_fleet
from icwatch_cli.main import main
from tests.doc_pages import LANGUAGES, ROOT, manual, page
from tests.functions.test_routing import POLICIES
from tests.writing import announce

BUILT_IN = "# the built-in rule\n"

FLEET: Mapping[str, Any] = {
    "targets": [
        {"address": "10.1.0.7", "labels": {"vpc": "vpc-1", "region": "cn-shanghai"}},
        {"address": "10.1.0.8", "labels": {"vpc": "vpc-1", "region": "cn-shanghai"}},
        {"address": "10.2.0.1", "scheme": "https", "labels": {"vpc": "vpc-2", "region": "cn-beijing"}},
        {"address": "10.2.0.2", "labels": {"vpc": "vpc-2", "region": "cn-beijing"}},
        {"address": "10.2.0.3", "labels": {"vpc": "vpc-2", "region": "cn-beijing", "room": "test"}},
    ],
}
"""The fleet in which recipes are tried."""

RECIPES: Mapping[str, tuple[str, ...]] = {
    "vpc_connect_failed": (
        "series: {10.2.0.1: x......, 10.2.0.2: x......, 10.2.0.3: xx......}",
        "{at: 0s, rule: vpc_connect_failed, target: vpc=vpc-2, kind: raised, level: Down}",
        "{at: 6m, rule: vpc_connect_failed, target: vpc=vpc-2, kind: cleared}",
    ),
    "ic_server_slow": (
        "metrics: {ic_server_probe_seconds: {10.1.0.7: 0.4*4 1.5 0.4 0.1*6}}",
        "{at: 3m, rule: ic_server_slow, target: 10.1.0.7, kind: raised, level: Caution}",
        "{at: 4m, rule: ic_server_slow, target: 10.1.0.7, kind: escalated, level: Alert}",
        "{at: 5m, rule: ic_server_slow, target: 10.1.0.7, kind: eased, level: Caution}",
        "{at: 11m, rule: ic_server_slow, target: 10.1.0.7, kind: cleared}",
    ),
    "ic_server_certificate_expires": (
        "metrics: {ic_server_tls_days_left: {10.2.0.1: 30 29.99*1441 364*6}}",
        "{at: 1m, rule: ic_server_certificate_expires, target: 10.2.0.1, kind: raised, level: Caution}",
        "{at: 1441m, rule: ic_server_certificate_expires, target: 10.2.0.1, kind: repeated}",
        "{at: 1447m, rule: ic_server_certificate_expires, target: 10.2.0.1, kind: cleared}",
    ),
    "vpc_network_failed": (
        "metrics: {vpc_network_health: {10.1.0.7: 0*4, 10.1.0.8: 1 0*3, 10.2.0.1: 0*4, 10.2.0.2: 1*4}}",
        "{at: 3m, rule: vpc_network_failed, target: vpc=vpc-1, kind: raised, level: Critical}",
    ),
    "ic_server_connect_failed": (
        "series: {10.1.0.7: xxxxxx, 10.1.0.8: xxxxxx, 10.2.0.1: x....., 10.2.0.3: xxxxxx}",
        "{at: 0s, target: 10.2.0.1, kind: raised, level: Alert}",
        "{at: 5m, target: 10.1.0.8, kind: raised, level: Critical}",
    ),
    "slow_by_itself": (
        "metrics: {ic_server_probe_seconds: {10.1.0.7: 2*6, 10.1.0.8: 2*6, 10.2.0.1: 2*6, 10.2.0.2: 0.5*6}, "
        "vpc_network_health: {10.1.0.7: 1*6, 10.1.0.8: 0*6, 10.2.0.1: 1*6, 10.2.0.2: 1*6}, "
        "maintenance: {10.1.0.7: 0*6, 10.1.0.8: 0*6, 10.2.0.1: 1*6, 10.2.0.2: 0*6}}",
        "{at: 5m, rule: slow_by_itself, target: 10.1.0.7, kind: raised, level: Caution}",
    ),
    "region_degraded": (
        "series: {10.2.0.1: xxx, 10.2.0.2: .xx, 10.2.0.3: ...}",
        "{at: 2m, rule: region_degraded, target: region=cn-beijing, kind: raised, level: Down}",
    ),
}
"""By its first rule, what a recipe is given and everything that it tells; of that rule only."""


def blocks(name: str) -> list[str]:
    """The fenced YAML of a language's documents."""
    return re.findall(r"^```yaml\n(.*?)^```$", manual(name), re.DOTALL | re.MULTILINE)


def fragments(name: str) -> list[dict[str, Any]]:
    """The mappings among them that are a part of a fleet file, or the whole of one."""
    documents = [yaml.safe_load(block) for block in blocks(name)]
    return [each for each in documents if isinstance(each, dict) and each.keys() & {"targets", "rules", "probes"}]


def recipes(name: str) -> dict[str, dict[str, Any]]:
    """The parts of a fleet file without targets, but the built-in rule, by their first rule."""
    of_the_rule = yaml.safe_load(next(block for block in blocks(name) if block.startswith(BUILT_IN)))
    parts = [each for each in fragments(name) if "targets" not in each and each != of_the_rule]
    return {each["rules"][0]["name"]: each for each in parts}


@pytest.mark.parametrize("name", LANGUAGES)
def test_whole_fleet_files_are_good(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = [block for block in blocks(name) if "targets" in (yaml.safe_load(block) or {})]
    assert len(whole) > 1
    path = tmp_path / "fleet.yaml"
    for block in whole:
        path.write_text(block, encoding="utf-8")
        assert main(["check", str(path)]) == 0
        assert capsys.readouterr().err == ""


@pytest.mark.parametrize("name", LANGUAGES)
def test_the_built_in_rule_is_shown_as_it_is(name: str) -> None:
    (block,) = [block for block in blocks(name) if block.startswith(BUILT_IN)]
    written = yaml.safe_load(block)
    assert written == {"rules": [builtin.RULE]}
    assert parse_fleet({**FLEET, **written}) == parse_fleet(FLEET)


@pytest.mark.parametrize("name", LANGUAGES)
def test_every_recipe_is_good_and_has_a_test(name: str) -> None:
    assert recipes(name).keys() == RECIPES.keys()
    for recipe in recipes(name).values():
        _, warnings = read_fleet({**FLEET, **recipe})
        assert not [str(each) for each in warnings]


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("name", LANGUAGES)
def test_a_recipe_does_what_is_said(name: str, recipe: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fleet = {**FLEET, **recipes(name)[recipe]}
    (tmp_path / "fleet.yaml").write_text(yaml.safe_dump(fleet), encoding="utf-8")
    given, *told = RECIPES[recipe]
    one_rule = "" if recipe == "vpc_connect_failed" else f"    rule: {recipe}\n"
    test = f"fleet: fleet.yaml\ntests:\n  - name: {recipe}\n{one_rule}    {given}\n    expect:\n"
    path = tmp_path / "fleet.test.yaml"
    path.write_text(test + "".join(f"      - {each}\n" for each in told), encoding="utf-8")
    assert main(["test", str(path)]) == 0, capsys.readouterr().out


@pytest.mark.parametrize("name", LANGUAGES)
def test_the_test_of_values_passes(name: str, tmp_path: Path) -> None:
    (block,) = [block for block in blocks(name) if "metrics: {ic_server_probe_seconds" in block]
    path = tmp_path / "vpc.test.yaml"
    path.write_text(f"fleet: {ROOT / 'examples/vpc.yaml'}\ntests:\n{block}", encoding="utf-8")
    assert main(["test", str(path)]) == 0


@pytest.mark.parametrize("name", LANGUAGES)
def test_the_test_of_an_acknowledgement_passes(name: str, tmp_path: Path) -> None:
    (block,) = [block for block in blocks(name) if "acknowledge: [{at" in block]
    (rule,) = re.findall(r"rule: (\w+) +# .*?(resend_interval: \w+).*(unattended_after: \S+\])", block)
    fleet = f"targets: [10.1.0.1]\nrules:\n  - {{name: {rule[0]}, {rule[1]}, {rule[2]}}}\n"
    fleet += "  - {name: another, expression: ic_server_probe_seconds, comparator: '>', threshold: 1, level: Info}\n"
    (tmp_path / "fleet.yaml").write_text(fleet)
    path = tmp_path / "fleet.test.yaml"
    path.write_text(f"fleet: fleet.yaml\ntests:\n{block}", encoding="utf-8")
    assert main(["test", str(path)]) == 0


@pytest.mark.parametrize("name", LANGUAGES)
def test_the_replay_is_shown_as_it_is(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("my.yaml").write_text("targets: [192.168.0.1]\n")
    Path("patient.yaml").write_text("targets: [192.168.0.1]\nrules: [{name: ic_server_connect_failed, duration: 2m}]\n")
    shown = re.findall(r"^```console\n(.*?)^```$", page(name, "commands"), re.DOTALL | re.MULTILINE)
    commands = [each.partition("\n") for block in shown for each in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]]
    (sweeps,) = [output for command, _, output in commands if command == "cat sweeps.jsonl"]
    Path("sweeps.jsonl").write_text(sweeps.strip() + "\n")
    replays = [(command, output) for command, _, output in commands if " replay my.yaml sweeps.jsonl" in command]
    assert len(replays) == 3
    for command, output in replays:
        assert main(command.split("#")[0].split()[1:]) == 0
        assert capsys.readouterr().out.strip() == output.strip()


@pytest.mark.parametrize("name", LANGUAGES)
def test_the_tables_tell_of_every_field_and_every_parameter(name: str) -> None:
    text = manual(name)
    rows = re.findall(r"^\| (`.*?) \|", text, re.MULTILINE)
    told = {each for row in rows for each in re.findall(r"`([\w.]+)", row)}
    template = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))
    fields = {*FLEET_FIELDS} - {"targets", "probe", "rules"}  # which have rows for what is in them
    assert fields | {*template["Parameters"]} <= told
    for languages in re.findall(r"^\| `[Ll]anguage` .*$", text, re.MULTILINE):
        assert [language for language in Language if f"`{language}`" not in languages] == []


def test_both_languages_show_the_same() -> None:
    """What a machine reads is the same in both; texts for people are not compared."""
    one, other = ({key: _without_texts(each) for key, each in recipes(name).items()} for name in LANGUAGES)
    assert one == other


@pytest.mark.parametrize("name", LANGUAGES)
def test_every_filter_policy_is_tried_at_a_real_subscription(name: str) -> None:
    text = page(name, "notices")
    rows = [json.loads(each) for each in re.findall(r"^\| .* \| `(\{.*\})` \|$", text, re.MULTILINE)]
    body = [json.loads(each) for each in re.findall(r"^```json\n(\{.*\})\n```$", text, re.MULTILINE)]
    assert len(rows) > 3
    for scope, policy in [("MessageAttributes", each) for each in rows] + [("MessageBody", each) for each in body]:
        assert (scope, policy) in POLICIES.values()


def shown_notices(language: Language) -> list[str]:
    """What the documents show: a notice in full, and how that of a storm begins."""
    labels = {"vpc": "vpc-2"}
    at = 1_772_438_400
    rule = parse_rule(builtin.RULE)
    failures = (Failure(Cause.CONNECTION_REFUSED, "Connection refused"), Failure(Cause.CONNECT_TIMEOUT))
    alone, many = (
        Transition(
            rule=rule.name,
            target="192.168.0.1",
            kind=Kind.RAISED,
            at=at,
            raised_at=at,
            began_at=at,
            since=at,
            level=Level.CRITICAL,
            value=0,
            reason="",
            failure=failure,
            labels=labels,
        )
        for failure in failures
    )
    shares = (Share(rule.name, 12, 60), Share(rule.name, 12, 12, "vpc", "vpc-2", path=True))
    storm = [replace(many, target=f"192.168.2.{number}") for number in range(1, 13)]
    (one,), (merged,) = announce([alone], rule), announce(storm, rule, shares=shares)
    notices = [write_notice(each, Style(language)) for each in (one, merged)]
    whole, begun = (f"{notice.subject}\n\n{notice.text}" for notice in notices)
    return [whole, "".join(f"{paragraph}\n\n" for paragraph in begun.split("\n\n")[:3]).removesuffix("\n")]


@pytest.mark.parametrize("name", LANGUAGES)
def test_the_notices_are_shown_as_they_arrive(name: str) -> None:
    text = page(name, "notices")
    shown = re.findall(r"^```text\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    own, other = (Language.EN_US, Language.ZH_CN) if name == "en" else (Language.ZH_CN, Language.EN_US)
    assert shown[:3] == [shown_notices(own)[0], shown_notices(other)[0], shown_notices(own)[1]]


@pytest.mark.parametrize("name", LANGUAGES)
def test_the_readme_shows_pieces_of_the_notice_in_their_order(name: str) -> None:
    (shown,) = re.findall(r"^```text\n(.*?)^```$", page(name, "README"), re.DOTALL | re.MULTILINE)
    whole = shown_notices(Language.EN_US if name == "en" else Language.ZH_CN)[0]
    beginning, rest = shown.split("\n[...]\n\n")
    subject, facts = beginning.split("\n\n")
    assert whole.startswith(f"{subject}\n\n")
    assert f"\n\n{facts}\n" in whole
    assert f"\n\n{rest}\n" in whole
    assert len(shown.splitlines()) <= 15


def _without_texts(recipe: Mapping[str, Any]) -> dict[str, Any]:
    rules = [{key: value for key, value in rule.items() if key != "runbook"} for rule in recipe["rules"]]
    return {**recipe, "rules": rules}

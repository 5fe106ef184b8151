"""The documents of security and operations name tests, alarms and messages that exist, and all of them."""

from __future__ import annotations

import math
import re

import pytest

from icwatch.notices.operations import SECTIONS
from icwatch.probing.cycle import PRECISION_SECONDS
from tests.doc_pages import ROOT
from tests.template.resolved import translated

FOLDERS = ("docs", "docs/zh-CN")
NAMES = [f"{folder}/{name}.md" for folder in FOLDERS for name in ("security", "operations", "reliability", "faults")]
OPERATIONS = [f"{folder}/operations.md" for folder in FOLDERS]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def sections(name: str) -> list[list[str]]:
    """The headings of the third level, by the section of the second level that they are in."""
    parts = re.split(r"^## ", read(name), flags=re.MULTILINE)[1:]
    return [re.findall(r"^### (.+)$", part, re.MULTILINE) for part in parts]


@pytest.mark.parametrize("name", NAMES)
def test_every_test_that_is_named_exists(name: str) -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", read(name))
    assert named
    for path, test in named:
        text = read(path)
        assert not test or f"def {test}(" in text, f"{path} has no {test}"


def test_the_documents_of_both_languages_name_the_same_tests() -> None:
    for name in ("security", "operations", "reliability", "faults"):
        english, chinese = ({*re.findall(r"`(tests/[^`]+)`", read(f"{folder}/{name}.md"))} for folder in FOLDERS)
        assert english == chinese


def test_every_way_in_has_a_test() -> None:
    for folder in FOLDERS:
        table = re.split(r"^## ", read(f"{folder}/security.md"), flags=re.MULTILINE)[2]
        rows = [line for line in table.splitlines() if line.startswith("| ")][2:]
        assert len(rows) > 10
        assert [row for row in rows if "`tests/" not in row.rpartition(" | ")[2]] == []


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_alarm_of_the_template_has_a_section_and_none_is_invented(name: str) -> None:
    resources = translated()["Resources"].items()
    alarms = {key for key, item in resources if item["Type"] == "AWS::CloudWatch::Alarm"}
    written = sections(name)[0]
    assert len(written) == len({*written})
    assert {*written} == alarms


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_report_of_the_monitoring_has_a_section_and_says_how_it_ends(name: str) -> None:
    ends = {
        "unseen": ("seen", "removed"),
        "cut_off": ("reached",),
        "unreadable": ("readable",),
        "unconfirmed": ("confirmed",),
    }
    assert {*ends, *(end for each in ends.values() for end in each)} == {*SECTIONS}
    assert {*sections(name)[1]} == ends.keys()
    for kind, endings in ends.items():
        text = re.split(r"^##+ ", read(name).partition(f"### {kind}\n")[2], flags=re.MULTILINE)[0]
        assert all(f"`{end}`" in text for end in endings), kind


MONTH_MINUTES = 730 * 60


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_arithmetic_of_availability_is_right(folder: str) -> None:
    text = read(f"{folder}/reliability.md")
    table = text.rpartition("| --- | --- | --- | --- |\n")[2].partition("\n\n")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    shares = {name.split()[0]: float(share) / 100 for name, share, *_ in rows}
    watching = math.prod(float(share) / 100 for _, share, watches, _ in rows if watches)
    telling = math.prod(share for name, share in shares.items() if name in ("Lambda", "DynamoDB", "SNS"))
    said = text.rpartition("| 99.9 | | x |\n")[2]
    for share in (watching, telling, telling * shares[next(name for name in shares if name.startswith("SQS"))]):
        assert re.search(rf"{share:.2%}".replace("%", " %") + rf".{{,90}}?{(1 - share) * MONTH_MINUTES:.0f} ", said)


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_seconds_until_a_notice_add_up(folder: str) -> None:
    text = read(f"{folder}/reliability.md")
    table = text.split("\n| --- | --- | --- |\n")[1].partition("\n\n")[0]
    seconds = [int(line.split("|")[2]) for line in table.splitlines()]
    assert re.search(rf"\b{sum(seconds)} ", text)
    assert re.search(rf"\b{sum(seconds) - PRECISION_SECONDS} ", text)
    assert seconds[1] == PRECISION_SECONDS


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_fault_has_a_test_and_alarms_that_exist(folder: str) -> None:
    alarms = {key for key, item in translated()["Resources"].items() if item["Type"] == "AWS::CloudWatch::Alarm"}
    rows = [line.strip("| ").split(" | ") for line in read(f"{folder}/faults.md").splitlines() if line.startswith("| ")]
    faults = [row for row in rows if "`tests/" in row[-1]]
    assert len(faults) > 25
    assert {len(row) for row in faults} == {5}
    assert {*re.findall(r"\b[A-Z]\w+Alarm\b", " ".join(row[2] for row in faults))} <= alarms

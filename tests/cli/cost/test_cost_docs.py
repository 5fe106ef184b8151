"""What the documents say of costs is what the command says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from icwatch.model import Inventory
from icwatch_cli.cost.bill import Bill, bill_of
from icwatch_cli.cost.prices import region_named
from icwatch_cli.cost.settings import Settings
from icwatch_cli.cost.usage import usage_of
from icwatch_cli.main import main
from tests.cli.cost.fleets import addresses, in_shards, inventory_of
from tests.doc_pages import FOLDERS, ROOT

ROWS = (
    ("write_units",),
    ("read_units", "table_gb", "pitr_gb"),
    ("lambda_requests", "lambda_arm64_gb_seconds"),
    ("alarm_metrics",),
    ("log_gb", "log_stored_gb"),
    ("scheduled",),
)
"""The rows of the table, by what they sum up."""


def bill(inventory: Inventory, settings: Settings | None = None) -> Bill:
    return bill_of(usage_of(inventory, settings or Settings()), region_named("us-east-1"))


@pytest.mark.parametrize("folder", FOLDERS.values())
def test_the_table_is_what_the_command_says(folder: str) -> None:
    text = (ROOT / folder / "deploy.md").read_text(encoding="utf-8")
    table = text[text.index("](commands.md#cost)") :].partition("| --- | --- | --- |\n")[2].partition("\n\n")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    bills = bill(inventory_of({"targets": addresses(200)})), bill(in_shards(10_000))
    assert len(rows) == len(ROWS) + 1
    for cells, units in zip(rows, ROWS, strict=False):
        assert [re.match(r"[\d.]+", cell)[0] for cell in cells[1:]] == [  # type: ignore[index]
            f"{each.amount_of(*units):.2f}" for each in bills
        ]
    assert [re.sub(r"\D", "", cell) for cell in rows[-1][1:]] == [f"{each.total:.0f}" for each in bills]
    assert sum(each.amount_of(*sum(ROWS, ())) for each in bills) == pytest.approx(sum(each.total for each in bills))
    low, high = (f"{each.total_after_free:.2f}" for each in bills)
    assert re.search(rf"{re.escape(low)} (and|和) {re.escape(high)}", text)


def places() -> list[dict[str, object]]:
    return [{"address": name, "labels": {"vpc": f"vpc-{number % 4}"}} for number, name in enumerate(addresses(200))]


@pytest.mark.parametrize("folder", FOLDERS.values())
def test_the_page_in_a_bucket(folder: str) -> None:
    text = (ROOT / folder / "page.md").read_text(encoding="utf-8")
    plain, page = (bill(inventory_of({"targets": places()}), Settings(status_page=on)) for on in (False, True))
    whole, objects = page.total - plain.total, page.amount_of("objects")
    alarm = page.amount_of("alarm_metrics") - plain.amount_of("alarm_metrics")
    said = [f"{amount:.2f}" for amount in (whole, objects, whole - objects - alarm, alarm)]
    assert re.search("200 .*" + ".*".join(map(re.escape, said)), text)


@pytest.mark.parametrize("folder", FOLDERS.values())
def test_a_further_probe(folder: str) -> None:
    text = (ROOT / folder / "deploy.md").read_text(encoding="utf-8")
    further = {"targets": places(), "probes": {"ic_server_ready": {"path": "/ready"}}}
    more = bill(inventory_of(further)).total - bill(inventory_of({"targets": places()})).total
    assert re.search(rf"(about|约合每月) {more:.2f}", text)


@pytest.mark.parametrize("folder", FOLDERS.values())
def test_robots_while_nothing_is_announced(folder: str) -> None:
    text = (ROOT / folder / "deploy.md").read_text(encoding="utf-8")
    inventory = inventory_of({"targets": places()})
    more = bill(inventory, Settings(robots=True)).total - bill(inventory).total
    assert re.search(rf"`Robots=true`.{{,20}} {more:.2f}", text)


@pytest.mark.parametrize(("language", "folder"), FOLDERS.items())
def test_the_documents_show_what_the_command_prints(
    language: str, folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (ROOT / folder / "commands.md").read_text(encoding="utf-8")
    shown = text.partition("icwatch cost my.yaml --region us-east-1")[2].partition("\n")[2].partition("```")[0]
    targets = [f"- {{address: 10.{vpc}.0.{host}, labels: {{vpc: vpc-{vpc}}}}}" for vpc in (1, 2) for host in (1, 2, 3)]
    (tmp_path / "my.yaml").write_text("\n".join(["targets:", *targets]), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert (
        main(["cost", "my.yaml", "--region", "us-east-1", "--language", {"en": "en-US"}.get(language, language)]) == 0
    )
    assert capsys.readouterr().out == shown

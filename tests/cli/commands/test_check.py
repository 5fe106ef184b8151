"""`icwatch check`: whole reports, word for word, for files that a person might write, and no traceback for any."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icwatch_cli.fleet.yaml_file import MAX_BYTES
from icwatch_cli.main import main
from tests.examples import examples

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[2]
REPORT = re.compile(r"\n((?:fleet\.yaml:[0-9]+: .*\n)+)\Z")


def read_fleets(name: str) -> Iterator[tuple[str, str, str]]:
    """The sections of a table: what is shown, the file, and what is said of it."""
    table = (FOLDER / name).read_text(encoding="utf-8")
    for section in re.split(r"(?m)^=== ", table)[1:]:
        title, _, rest = section.partition("\n")
        rest = rest.rstrip("\n") + "\n"
        report = REPORT.search(rest)
        assert report is not None, f"{title} has no report"
        yield title, rest[: report.start()], report[1]


BAD = [*read_fleets("bad_fleets.txt")]
WARNED = [*read_fleets("warned_fleets.txt")]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def check(content: bytes | str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of checking a file."""
    Path("fleet.yaml").write_bytes(content if isinstance(content, bytes) else content.encode())
    code = main(["check", "fleet.yaml"])
    told = capsys.readouterr()
    return code, told.out, told.err


@pytest.mark.parametrize(("text", "report"), [each[1:] for each in BAD], ids=[each[0] for each in BAD])
def test_problems_are_told_all_at_once(text: str, report: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(text, capsys) == (2, report, "")


@pytest.mark.parametrize(("text", "report"), [each[1:] for each in WARNED], ids=[each[0] for each in WARNED])
def test_warnings_do_not_make_a_file_bad(text: str, report: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = check(text, capsys)
    assert (code, err) == (0, "")
    count = len(report.splitlines())
    assert out.splitlines()[0] == f"fleet.yaml: good, {count} warning{'s' if count > 1 else ''}"
    assert out.endswith(f"\n{report}")


def test_there_is_a_table() -> None:
    assert len(BAD) >= 40
    assert len({title for title, _, _ in BAD}) == len(BAD)


UTF_8 = "file: is not UTF-8; save it as UTF-8"
ENCODINGS: dict[str, tuple[bytes, str]] = {
    "UTF-16 with its mark": ("targets: [192.168.0.1]\n".encode("utf-16"), f"1: {UTF_8}"),
    "UTF-16 without": (
        "targets: [192.168.0.1]\n".encode("utf-16-le"),
        "1: file: holds the control character U+0000; remove it",
    ),
    "Latin-1": ("targets:\n  - 192.168.0.1 # für\n".encode("latin-1"), f"2: {UTF_8}"),
    "GBK": ("# 机房\ntargets: [192.168.0.1]\n".encode("gbk"), f"1: {UTF_8}"),
    "a NUL": (b"targets:\n  - 192.168.0.1\n\x00", "3: file: holds the control character U+0000; remove it"),
    "an escape": (b"targets: [192.168.0.1\x1b]\n", "1: file: holds the control character U+001B; remove it"),
    "a lone surrogate": (b"targets: [\xed\xa0\x80]\n", f"1: {UTF_8}"),
    "a lone surrogate, escaped": (
        b'targets: ["\\ud800"]\n',
        "1: file: is no YAML (while parsing a quoted scalar found invalid Unicode character escape code); "
        "correct the line or the one above",
    ),
    "an overlong slash": (b"targets:\n  - 192.168.0.1\nprobe: {path: \xc0\xaf}\n", f"3: {UTF_8}"),
    "half a character at the end": ("targets: [服".encode()[:-1], f"1: {UTF_8}"),
    "no text at all": (bytes(range(256)), f"2: {UTF_8}"),
    "a long number": (
        b"targets: [{address: 192.168.0.1, port: 0x" + b"f" * 5000 + b"}]\n",
        "1: targets[0].port: '0x" + "f" * 54 + "... is no plain number; write a plain one",
    ),
    "an address without an end": (
        b"targets: [" + b"a" * 100_000 + b"]\n",
        "1: targets[0]: has 100000 characters; write an address such as 192.168.0.1 or ic-server.example.com",
    ),
    "too large": (
        b"#" * (MAX_BYTES + 1),
        "1: file: is larger than 8 MiB; a fleet of 10,000 targets takes one",
    ),
    "a million brackets": (
        b"targets: " + b"[" * 1_000_000,
        f"1: targets{'[0]' * 20}: is nested more than 20 deep; write it flatter",
    ),
    "many aliases": (
        b"targets: [&a 192.168.0.1" + b",*a" * 50_000 + b"]\n",
        "1: targets[1]: repeats another place by the alias *a, as 49999 more do; write it out",
    ),
}


@pytest.mark.parametrize("name", ENCODINGS)
def test_what_cannot_be_read_is_told_in_a_line(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    content, line = ENCODINGS[name]
    assert check(content, capsys) == (2, f"fleet.yaml:{line}\n", "")


@pytest.mark.parametrize(
    ("path", "why"), [("none.yaml", "No such file or directory"), (".", "Is a directory"), ("a\n", "No such file")]
)
def test_a_file_that_cannot_be_opened_is_named(path: str, why: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", path]) == 2
    assert f"{path}:1: file: cannot be read ({why}" in capsys.readouterr().out


def test_a_group_too_large_for_a_shard_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    targets = "\n".join(f"  - {{address: 10.0.0.{number}, labels: {{vpc: vpc-1}}}}" for number in range(201))
    rule = "  - name: vpc_connect_failed\n    expression: max(ic_server_health) by (vpc) == 0\n"
    code, out, err = check(f"targets:\n{targets}\nrules:\n{rule}", capsys)
    assert (code, err) == (2, "")
    assert out == (
        "fleet.yaml:204: rules[0].group_by: the group vpc=vpc-1 has 201 targets, more than the 200 of a shard; "
        "group by a label that divides it, or exclude some\n"
    )


GOOD = {
    "a byte order mark": b"\xef\xbb\xbftargets: [192.168.0.1]\n",
    "line ends of Windows": b"targets:\r\n  - 192.168.0.1\r\nevery: 60s\r\n",
    "line ends of old Macs": b"targets:\r  - 192.168.0.1\r",
    "no line end": b"targets: [192.168.0.1]",
    "JSON": b'{"targets": [{"address": "192.168.0.1", "labels": {"vpc": "\\u4e2d"}}]}',
    "a document's marks": b"%YAML 1.1\n---\ntargets: [192.168.0.1]\n...\n",
    "a tag that says what is so": b"targets: !!seq [!!str 192.168.0.1]\n",
    "an anchor that nobody uses": b"targets: &all [192.168.0.1]\n",
    "a hexadecimal port": b"targets: [{address: 192.168.0.1, port: 0x1f98}]\n",
    "IPv6 in all its forms": b"""\
targets:
  - 2001:db8::1
  - "[2001:db8::2]"
  - "[2001:db8::3]:8089"
  - {address: "2001:0DB8:0:0:0:0:0:4", port: 8089}
  - ::ffff:192.168.0.1
""",
    "host names": b"""\
targets: [ic-server, IC.Example.COM, a.b.c., _ic.example.com, xn--fiq228c.cn, 1und1.de, web.compose_default,
  1.2.3.4.example.com]
""",
    "labels of any language": """\
targets: [{address: a, labels: {vpc: 生产环境, mood: 😀, sign: é, no: no, day: 2024-01-01}}]
rules: [{name: ic_server_connect_failed, summary: '${vpc}${no}${day} 💥　！'}]
""".encode(),
    "texts that look like something else": b"""\
targets: [{address: a, labels: {a: '${x} {y} %s', b: '=== \\', c: ' x ', d: 'null'}}]
""",
}


@pytest.mark.parametrize("name", GOOD)
def test_what_a_user_would_expect_to_be_good_is_good(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = check(GOOD[name], capsys)
    assert (code, err) == (0, "")
    assert out.startswith("fleet.yaml: good\n")


def many(count: int, width: int) -> str:
    """A fleet of so many targets with labels so wide, under a rule with an exclusion and under one by group."""
    targets = "\n".join(
        f"  - {{address: 10.0.{number >> 8}.{number & 255}, labels: {{vpc: vpc-{number // 100}, note: {'x' * 200}, "
        + ", ".join(f"l{label}: {'y' * 60}" for label in range(width))
        + "}}"
        for number in range(count)
    )
    return f"""\
targets:
{targets}
rules:
  - {{name: vpc_connect_failed, expression: max(ic_server_health) by (vpc) == 0, summary: "${{vpc}}"}}
  - name: ic_server_connect_failed
    exclude: [10.0.0.1]
    inhibited_by: [{{rule: vpc_connect_failed, same: [vpc]}}]
"""


def test_ten_thousand_targets_are_checked(capsys: pytest.CaptureFixture[str]) -> None:
    content = many(10_000, 8)
    assert 7 * 2**20 < len(content) < MAX_BYTES
    code, out, err = check(content, capsys)
    assert (code, err) == (0, "")
    assert "10000 targets in 50 shards" in out


@pytest.mark.parametrize(
    ("count", "fields", "warning"),
    [
        (1700, "probe: {timeout: 10s}\n", ""),
        (1200, "probe: {timeout: 25s}\n", ""),
        (
            1200,
            "probe: {timeout: 30s}\n",
            "if all were down, 1200 probes would take 61s, and a sweep has 52s: 300 of them would not be made or not "
            "be waited for, others at each sweep; write timeout: 25s or less",
        ),
        (
            8000,
            "probes: {up: {}}\n",
            "if all were down, 16000 probes would take 78s, and a sweep has 52s: 5536 of them would not be made or "
            "not be waited for, others at each sweep; ask for fewer metrics, or divide the fleet among several stacks",
        ),
    ],
)
def test_a_fleet_too_slow_to_be_swept_while_it_is_down_is_warned_of(
    count: int, fields: str, warning: str, capsys: pytest.CaptureFixture[str]
) -> None:
    targets = "".join(f"  - 10.0.{number >> 8}.{number & 255}\n" for number in range(count))
    code, out, err = check(f"{fields}targets:\n{targets}", capsys)
    assert (code, err) == (0, "")
    warnings = [line for line in out.splitlines() if "warning: " in line]
    assert warnings == ([f"fleet.yaml:2: targets: warning: {warning}"] if warning else [])


def test_ten_thousand_mistakes_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    content = many(10_000, 0).replace("vpc: ", "Vpc: ").replace("address: 10.", "adress: 10.")
    code, out, err = check(content, capsys)
    assert (code, err) == (2, "")
    assert len(out.splitlines()) > 20_000


OF_THIS_MACHINE = (
    "warning: 127.0.0.1 is the prober's own machine, which no deployed one asks (4 more targets, too); "
    "write the address by which other machines reach the IC-Server"
)
CYCLE_OF_THIS_MACHINE = (
    "warning: no deployed stack sweeps every 2s, only icwatch run does; "
    "choose one of 5s, 10s, 15s, 30s, 1m, 2m, 3m, 4m for a stack"
)
MEANT = {"ocp.yaml": ["nothing collects the metric"], "fleet.yaml": [OF_THIS_MACHINE, CYCLE_OF_THIS_MACHINE]}
"""What is meant in the demonstration, and in the other examples."""


def test_a_good_fleet_is_summed_up(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = check((ROOT / "examples/fleet.yaml").read_bytes(), capsys)
    assert (code, err) == (0, "")
    assert out == (
        "fleet.yaml: good, 2 warnings\n"
        "  5 targets in 1 shard, every 2s\n"
        "  labels: vpc on 5\n"
        "  probe: /ok within 1s, healthy on 200\n"
        "  rule ic_server_connect_failed: Critical == 0, duration 0s, cycle 2s, clear cycle 6s, "
        "resend interval 6s, 30s\n"
        "  robot on-duty: dingtalk, no repeats\n"
        "  an alarm that lasts for a night of 8 hours is 961 notices of ic_server_connect_failed; "
        "resend_interval: [1m, 5m, 15m, 1h] makes it 11\n"
        f"fleet.yaml:8: every: {CYCLE_OF_THIS_MACHINE}\n"
        f"fleet.yaml:11: targets[0].address: {OF_THIS_MACHINE}\n"
    )


@pytest.mark.parametrize(
    ("fields", "lines"),
    [
        ("route_by: []\nmerge_above: 5\n", []),
        ("route_by: [vpc, region]\n", ["  notices: routed by vpc, region"]),
        ("merge_above: 20\n", ["  notices: merged where more than 20 come at once"]),
        (
            "route_by: [vpc]\nmerge_above: 1\n",
            ["  notices: routed by vpc, merged where more than 1 come at once"],
        ),
    ],
)
def test_how_notices_are_sent_is_summed_up_where_it_is_said(
    fields: str, lines: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = check(f"{fields}targets: [{{address: a, labels: {{vpc: a, region: b}}}}]\n", capsys)
    assert (code, err) == (0, "")
    assert [line for line in out.splitlines() if line.startswith("  notices:")] == lines


@pytest.mark.parametrize(
    ("interval", "notices"),
    [("", 480), ("10m", 48), ("15m", 32), ("16m", None), ("[1m, 5m, 15m, 1h]", None), ("[1m, 2m]", 241)],
)
def test_what_a_night_would_bring_is_said_where_nobody_would_read_it(
    interval: str, notices: int | None, capsys: pytest.CaptureFixture[str]
) -> None:
    rule = f"rules: [{{name: ic_server_connect_failed, resend_interval: {interval}}}]\n" if interval else ""
    _, out, _ = check(f"targets: [a.example]\n{rule}", capsys)
    assert re.findall(r"for a night of 8 hours is (\d+) notices", out) == ([] if notices is None else [str(notices)])


@pytest.mark.parametrize("path", sorted(ROOT.glob("examples/*.yaml")), ids=lambda path: path.name)
def test_the_examples_are_good(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if path.name.endswith(".test.yaml"):
        assert main(["test", str(path)]) == 0
        return
    assert main(["check", str(path)]) == 0
    warnings = [line for line in capsys.readouterr().out.splitlines() if "warning: " in line]
    meant = MEANT.get(path.name, [])
    assert [each for each in warnings if not any(text in each for text in meant)] == []


SNIPPETS = [
    "targets", "rules", "probe", "probes", "labels", "name", "expression", "every", "language", "address", "levels",
    ": ", "- ", "\n", "\n  ", "\n    - ", "[", "]", "{", "}", ",", "&a ", "*a", "<<", "!!str ", "!!python/object:x ",
    "#", '"', "'", "\\u0000", "|\n", ">-\n", "?", "---\n", "...\n", "%YAML 1.2\n", "\t", "192.168.0.1", "::1", "60s",
    "0x1f", "1e9", ".nan", "~", "null", "true", "no", "08", "1:30", "@LABELS", "${vpc}", "ic_server_connect_failed",
    "\ufeff", "\u2028", "\x85", "中", "\r", "：", "，", "｛", "］", "－ ",
]  # fmt: skip


@examples(few=100, many=1600)
@given(content=st.binary(max_size=60) | st.lists(st.sampled_from(SNIPPETS), max_size=25).map("".join) | st.text())
def test_whatever_a_file_holds_is_checked_or_explained(
    tmp_path_factory: pytest.TempPathFactory, content: bytes | str
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
    assert main(["check", str(path)]) in (0, 2)


def test_a_cycle_within_which_nothing_new_is_seen_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = check(
        "every: 2m\ntargets: [192.168.0.1]\nrules:\n"
        "  - {name: a, expression: ic_server_health == 0, cycle: 15s, resend_interval: 1h}\n"
        "  - {name: b, expression: ic_server_health == 0, cycle: 15s, resend_interval: 1h, enabled: false}\n"
        "  - {name: c, expression: ic_server_health == 0, cycle: 3m, resend_interval: 1h}\n",
        capsys,
    )
    assert (code, err) == (0, "")
    assert "  rule a: Critical == 0, duration 0s, cycle 15s, clear cycle 5m, resend interval 1h\n" in out
    line = "  decided at every sweep, 2m, since nothing new is seen within the cycle: "
    assert f"{line}a (15s), ic_server_connect_failed (1m)\n" in out


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ("", None),
        ('ocp: "4.2"\n', "; its texts name no OCP node: ocp_address is no label of 1 of 2"),
        ('ocp: "4.2"\nrules: [{name: ic_server_connect_failed, summary: down}]\n', ""),
    ],
)
def test_the_version_of_ocp_is_said(fields: str, line: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    targets = "targets:\n  - 10.1.0.1\n  - {address: 10.1.0.2, labels: {ocp_address: 10.0.0.2}}\n"
    code, out, err = check(fields + targets, capsys)
    assert (code, err) == (0, "")
    said = [each for each in out.splitlines() if "as in OCP" in each]
    assert said == ([] if line is None else [f"  ic_server_connect_failed as in OCP 4.2{line}"])

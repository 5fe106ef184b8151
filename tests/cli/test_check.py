"""`icwatch check`: whole reports, word for word, for files that a person might write."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.main import main

FLEETS: dict[str, tuple[bytes, list[str]]] = {
    "everything at once": (
        b"""\
langage: zh-CN
every: 60
targets:
  - 192.168.0.1
  - address: 10.1.0.7
    labels: {vpc: 1}
  - 192.168.0.1
  - address: 10.1.0.999
    prot: 9
rules:
  - name: ic_server_connect_failed
    cycle: 30s
    summary: "${alarm_tagret}"
""",
        [
            "1: langage: unknown field; did you mean language?",
            "2: every: 60 is no duration; write a number and its unit, such as 60s, 5m or 1h",
            '6: targets[1].labels.vpc: is the number 1; write a text, such as "1"',
            "7: targets[2]: 192.168.0.1 is listed already as targets[0]; remove one of the two",
            "8: targets[3].address: '10.1.0.999' is no IPv4 or IPv6 address and no host name; "
            "write an address such as 192.168.0.1 or ic-server.example.com",
            "9: targets[3].prot: unknown field; did you mean port?",
            "12: rules[0].cycle: 30s is shorter than the collection cycle 60s; write a cycle of 60s or more",
            "13: rules[0].summary: ${alarm_tagret} is neither a variable nor a label of any target; "
            "did you mean ${alarm_target}?",
        ],
    ),
    "empty file": (b"", ["1: file: is empty; write a mapping with language, every, targets, probe, rules"]),
    "no mapping": (
        b"- 192.168.0.1\n",
        ["1: file: is a list; write a mapping with language, every, targets, probe, rules"],
    ),
    "no YAML": (
        b"targets:\n  - 192.168.0.1\n - 192.168.0.2\n",
        [
            "3: file: is no YAML (while parsing a block mapping did not find expected key); "
            "mend the line or the one above"
        ],
    ),
    "not UTF-8": (b"targets:\n  - \xff\xfe\n", ["2: file: is not UTF-8; save it as UTF-8"]),
    "an alias": (
        b"targets:\n  - {address: 192.168.0.1, labels: &one {vpc: vpc-1}}\n  - {address: 192.168.0.2, labels: *one}\n",
        [
            "2: targets[1].labels: repeats another place by an alias; write it out",
            "3: targets[1].labels: is empty; write a mapping of names and texts, such as {vpc: vpc-1}",
        ],
    ),
    "a name twice": (
        b"targets: [192.168.0.1]\ntargets: [192.168.0.2]\n",
        ["2: targets: is written twice; keep one name: value"],
    ),
    "a long cycle": (
        b"every: 2m\ntargets: [192.168.0.1]\n",
        [
            "1: every: 120s is longer than the 60s cycle of ic_server_connect_failed; "
            "write 60s, or a rule ic_server_connect_failed with cycle: 120s"
        ],
    ),
}


@pytest.mark.parametrize("name", FLEETS)
def test_problems_are_told_all_at_once(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content, report = FLEETS[name]
    path = tmp_path / "fleet.yaml"
    path.write_bytes(content)
    assert main(["check", str(path)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.splitlines() == [f"{path}:{line}" for line in report]


def test_a_missing_file_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "none.yaml"
    assert main(["check", str(path)]) == 2
    assert capsys.readouterr().err == (
        f"{path}:1: file: cannot be read (No such file or directory); name a readable file\n"
    )


def test_a_good_fleet_is_summed_up(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "examples/fleet.yaml"]) == 0
    assert capsys.readouterr().out == (
        "examples/fleet.yaml: good\n"
        "  5 targets in 1 shard, every 2s\n"
        "  labels: vpc on 5\n"
        "  probe: /ok within 1s, healthy on 200\n"
        "  rule ic_server_connect_failed: Critical, duration 0s, cycle 2s, clear cycle 6s, resend interval 6s\n"
    )


def test_a_byte_order_mark_and_hexadecimal_numbers_are_read(tmp_path: Path) -> None:
    path = tmp_path / "fleet.yaml"
    path.write_bytes(b"\xef\xbb\xbftargets: [{address: 192.168.0.1, port: 0x1f98}]\n")
    assert main(["check", str(path)]) == 0

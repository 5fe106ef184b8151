"""Where a stack is in the AWS console."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from icwatch_cli.deployed.console import console_of


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("ap-southeast-1", "console.aws.amazon.com"),
        ("cn-north-1", "console.amazonaws.cn"),
        ("us-gov-west-1", "console.amazonaws-us-gov.com"),
    ],
)
def test_each_partition_has_its_console(region: str, host: str) -> None:
    found = urlsplit(console_of("my stack", region))
    assert (found.hostname, found.query) == (host, f"region={region}")
    assert "filteringText=my%20stack&" in found.fragment

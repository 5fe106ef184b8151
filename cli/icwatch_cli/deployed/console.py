"""Where a stack is in the AWS console. Pure."""

from __future__ import annotations

from urllib.parse import quote

HOSTS = {"cn-": "console.amazonaws.cn", "us-gov-": "console.amazonaws-us-gov.com"}
"""By how the names of a partition's regions begin."""


def console_of(stack: str, region: str) -> str:
    """The page of CloudFormation that lists the stack, which leads to all that belongs to it."""
    host = next((host for begin, host in HOSTS.items() if region.startswith(begin)), "console.aws.amazon.com")
    where = f"filteringStatus=active&filteringText={quote(stack, safe='')}&viewNested=true"
    return f"https://{host}/cloudformation/home?region={region}#/stacks?{where}"

"""`icwatch probe`: ask one address once, as the prober would from here."""

from __future__ import annotations

import argparse
import json
import re
import sys
from decimal import Decimal

import httpx

from icwatch.address import Address
from icwatch.duration import parse_duration
from icwatch.errors import IcwatchError
from icwatch.model import DEFAULT_PORT, ProbeSpec, Target
from icwatch.notices.locales import LOCALES
from icwatch.notices.steps import STEPS
from icwatch.probing.prepared import request_for
from icwatch.probing.probe import probe
from icwatch.probing.transport import ProbeTransport
from icwatch.probing.verdict import Probe
from icwatch.text import quotable
from icwatch_cli.fleet.addresses import AddressError, doubt, written_address
from icwatch_cli.fleet.probes import SCHEMES
from icwatch_cli.terminal.speech import Speech, speech_of

RIGHT = "write http://192.168.0.1:8088/ok"


class UrlError(IcwatchError):
    """What was given is no URL and no address."""


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 where the answer is 200 and holds the text, 1 where it is not or where there is none."""
    speech = speech_of(arguments)
    url, host = url_of(arguments.url)
    spec = ProbeSpec(timeout=_timeout(arguments.timeout), body=arguments.body)
    request = request_of(url)
    if doubtful := doubt(host):
        print(speech.texts.files.probe.warning.format(text="; ".join(doubtful)), file=sys.stderr)
    found = probe(ProbeTransport(allow_loopback=True), request, spec)
    print(json.dumps(_as_json(url, found), ensure_ascii=False) if arguments.json else _as_words(url, found, speech))
    return 0 if found.healthy else 1


def url_of(text: str) -> tuple[str, str]:
    """A URL as it is, and its host; an address becomes the URL of its health interface. Raises UrlError."""
    scheme, found, rest = text.strip().partition("://")
    if not found:
        address = _address(text)
        target = Target(address.host, address.port or DEFAULT_PORT, absolute=address.absolute)
        return target.url(ProbeSpec()), address.host
    if scheme.lower() not in SCHEMES:
        raise UrlError(f"{quotable(text)}: only http and https can be probed; {RIGHT}")
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if authority.startswith(":") or not authority or authority != authority.strip():
        raise UrlError(f"{quotable(text)}: names no host; {RIGHT}")
    try:
        return text.strip(), _address(authority.removesuffix(":")).host
    except UrlError as error:
        if "@" in rest:  # what seems to be the host may be a piece of a password
            wrong = "the URL has a user name or password before an @, which no probe sends"
            raise UrlError(f"{wrong}; leave it out") from None
        raise UrlError(f"{text.strip()}: {error}") from error


def _address(text: str) -> Address:
    try:
        return written_address(text, f"{RIGHT} or an address")
    except AddressError as error:
        raise UrlError(f"the address {error}" if "@" in text else str(error)) from error


def request_of(url: str) -> httpx.Request:
    """The request for a URL of `url_of`. Raises UrlError."""
    try:
        return request_for(url)
    except httpx.InvalidURL as error:
        raise UrlError(f"{quotable(url)}: {error}; {RIGHT}") from error


def _timeout(text: str) -> Decimal:
    try:
        seconds = parse_duration(text)
    except ValueError:
        seconds = Decimal(0)
    if seconds <= 0:
        raise UrlError(f"--timeout {text}: is no duration; write a number and its unit, such as 3s or 500ms")
    return seconds


def _as_json(url: str, found: Probe) -> dict[str, object]:
    """The documented form. `value` is null where this machine could not ask."""
    failure = found.failure
    return {
        "url": url,
        "value": None if found.unknown else int(found.healthy),
        "cause": failure.cause if failure else None,
        "elapsed_ms": found.elapsed_ms,
        "status": found.status,
        "detail": found.unknown or (failure.detail if failure else ""),
    }


def _as_words(url: str, found: Probe, speech: Speech) -> str:
    texts = speech.texts.files.probe
    if found.unknown:
        return texts.unknown.format(url=url, why=found.unknown)
    if found.failure is None:
        return texts.healthy.format(url=url, status=found.status, ms=found.elapsed_ms)
    words, cause = LOCALES[speech.language], found.failure.cause
    name, meaning = words.causes[cause]
    why = texts.why.format(name=name, meaning=meaning, code=cause, detail=found.failure.detail)
    lines = [texts.unhealthy.format(url=url, ms=found.elapsed_ms), why, *words.steps[STEPS[cause]].split("\n")]
    return "\n  ".join(lines)

"""What is said of a question to AWS that never got its answer: one sentence that says what to do. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from botocore.exceptions import (
    BotoCoreError,
    ConfigParseError,
    ConnectionClosedError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    InvalidConfigError,
    InvalidRegionError,
    LoginError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    ProxyConnectionError,
    ReadTimeoutError,
    RefreshWithMFAUnsupportedError,
    SSLError,
    SSOError,
    TokenRetrievalError,
)
from botocore.parsers import ResponseParserError

from icwatch.text import one_line
from icwatch_cli.fleet.addresses import is_local
from icwatch_cli.terminal.near import near


@dataclass(frozen=True, slots=True)
class Asked:
    """Who was asked about what, as far as it is known, and which regions and profiles there are."""

    stack: str = ""
    region: str = ""
    profile: str = ""
    regions: Collection[str] = ()
    profiles: Collection[str] = ()


def unanswered(error: BotoCoreError | ResponseParserError, asked: Asked) -> str:
    """The sentence about an error that is no answer of AWS."""
    if isinstance(error, ResponseParserError):
        return "what answers is not AWS; check the network, a proxy (HTTPS_PROXY) and AWS_ENDPOINT_URL"
    for kinds, words in SENTENCES:
        if isinstance(error, kinds):
            return words(error, asked)
    return f"AWS cannot be asked: {one_line(str(error))}"


def expired(error: object, asked: Asked) -> str:
    """The sentence about a session that is over."""
    profile = f" --profile {asked.profile}" if asked.profile else ""
    return f"the AWS session has expired; sign in again, such as with aws sso login{profile}"


def _no_region(error: BotoCoreError, asked: Asked) -> str:
    return "no AWS region is named; add --region, such as --region ap-southeast-1, or set AWS_REGION"


def _bad_region(error: BotoCoreError, asked: Asked) -> str:
    return f"{one_line(asked.region) or 'that'}: is no AWS region; write one such as ap-southeast-1"


def _no_credentials(error: BotoCoreError, asked: Asked) -> str:
    how = "sign in with aws configure or aws sso login, or name a profile that has some with --profile"
    return f"no AWS credentials were found; {how}"


def _half_credentials(error: BotoCoreError, asked: Asked) -> str:
    return f"the AWS credentials are incomplete: {error.kwargs['cred_var']} is missing; set it, or name a --profile"


def _no_profile(error: BotoCoreError, asked: Asked) -> str:
    name, known = str(error.kwargs["profile"]), asked.profiles
    there = f"there are {', '.join(known)}" if known else "this machine has none; aws configure makes one"
    return f"there is no AWS profile {one_line(name)}{near(name, known) or f'; {there}'}"


def _bad_file(error: BotoCoreError, asked: Asked) -> str:
    return f"{error.kwargs['path']}: cannot be read as AWS settings; mend it, or set AWS_CONFIG_FILE to another"


def _bad_settings(error: BotoCoreError, asked: Asked) -> str:
    return f"the AWS settings cannot be used: {one_line(str(error)).rstrip('.')}; mend them, or name another --profile"


def _broken_credentials(error: BotoCoreError, asked: Asked) -> str:
    why = one_line(str(error.kwargs.get("error_msg", ""))) or f"{error.kwargs.get('provider')} has failed"
    return f"the AWS credentials cannot be had: {why}; mend the profile, or name another with --profile"


def _no_proxy(error: BotoCoreError, asked: Asked) -> str:
    return f"the proxy {_host(error, 'proxy_url')} cannot be reached; set HTTPS_PROXY right, or unset it"


def _bad_certificate(error: BotoCoreError, asked: Asked) -> str:
    why = "perhaps a proxy answers in its place"
    return f"the certificate of {_host(error)} cannot be verified; {why}: set AWS_CA_BUNDLE to its certificates"


def _unreachable(error: BotoCoreError, asked: Asked) -> str:
    host = _host(error)
    if is_local(host):
        slow = isinstance(error, ReadTimeoutError | ConnectTimeoutError)
        state = "does not answer; see what it says, or" if slow else "has ended;"
        return f"icwatch run {state} start it again"
    if asked.region and asked.regions and asked.region not in asked.regions:
        right = near(asked.region, asked.regions) or "; write one such as ap-southeast-1"
        return f"there is no AWS region {one_line(asked.region)}{right}"
    return f"AWS does not answer at {host}; check the network, a proxy (HTTPS_PROXY) and the region"


def _host(error: BotoCoreError, name: str = "endpoint_url") -> str:
    return urlsplit(str(error.kwargs.get(name, ""))).hostname or "its address"


SENTENCES: Sequence[tuple[tuple[type[BotoCoreError], ...], Callable[[BotoCoreError, Asked], str]]] = (
    ((NoRegionError,), _no_region),
    ((InvalidRegionError,), _bad_region),
    ((NoCredentialsError,), _no_credentials),
    ((PartialCredentialsError,), _half_credentials),
    ((ProfileNotFound,), _no_profile),
    ((ConfigParseError,), _bad_file),
    ((InvalidConfigError,), _bad_settings),
    ((CredentialRetrievalError,), _broken_credentials),
    ((ProxyConnectionError,), _no_proxy),
    ((SSLError,), _bad_certificate),
    ((SSOError, TokenRetrievalError, LoginError, RefreshWithMFAUnsupportedError), expired),
    ((EndpointConnectionError, ConnectTimeoutError, ConnectionClosedError, ReadTimeoutError), _unreachable),
)
"""By the kind of the error; the first that fits."""

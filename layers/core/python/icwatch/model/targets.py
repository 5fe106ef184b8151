"""What is watched: an IC-Server, and how it is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from icwatch.model.terms import DEFAULT_PORT, TARGET


@dataclass(frozen=True, slots=True)
class ProbeSpec:
    """How a target is asked, and what answer counts as good.

    `timeout` is one deadline in seconds over the whole probe. The status must be one of `expect_status`, and what was
    read of the body must hold the text `body` and match the regular expression `body_pattern` (RE2 syntax), where they
    are not empty. `port` and `scheme` are the target's own where they are None. A probe that fails is made again within
    the same timeout, `attempts` times in all at the most.
    """

    path: str = "/ok"
    timeout: Decimal = Decimal(3)
    expect_status: tuple[int, ...] = (200,)
    port: int | None = None
    scheme: str | None = None
    body: str = ""
    body_pattern: str = ""
    attempts: int = 1


@dataclass(frozen=True, slots=True)
class Target:
    """One IC-Server. `host` is an IPv4 or IPv6 address or a host name, in canonical form.

    `absolute` says that a host name was written with a dot at its end. It is asked so, which keeps a resolver from
    adding a search domain, and is the same target all the same.

    `probe` and `probes` are how this target is asked where that differs from the fleet's, each complete.
    """

    host: str
    port: int = DEFAULT_PORT
    scheme: str = "http"
    labels: Mapping[str, str] = field(default_factory=dict)
    probe: ProbeSpec | None = None
    probes: Mapping[str, ProbeSpec] | None = None
    absolute: bool = False

    @property
    def id(self) -> str:
        """What people call it: the address, with the port where it is not 8088."""
        return self.host if self.port == DEFAULT_PORT else self.authority

    @property
    def authority(self) -> str:
        """`host:port`, an IPv6 address in brackets."""
        return _authority(self.host, self.port)

    def url(self, spec: ProbeSpec) -> str:
        """Where a probe asks."""
        host = f"{self.host}." if self.absolute else self.host
        return f"{spec.scheme or self.scheme}://{_authority(host, spec.port or self.port)}{spec.path}"

    def label(self, name: str) -> str:
        """The value of a label, `target` among them; an empty text where the target does not carry it."""
        return self.id if name == TARGET else self.labels.get(name, "")


def _authority(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

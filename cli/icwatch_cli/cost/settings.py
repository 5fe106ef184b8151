"""What of a stack decides its cost besides the fleet: its parameters, as template.yaml has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace


@dataclass(frozen=True, slots=True)
class Settings:
    """The parameters of a stack that cost something, with the template's defaults.

    `notices` is no parameter: how many notices are published in a month, and `email` whether an address gets them.
    """

    samples_days: int = 14
    transitions_days: int = 90
    log_days: int = 30
    architecture: str = "arm64"
    robots: bool = False
    dashboard: bool = False
    tracing: bool = False
    status_page: bool = False
    kms: bool = False
    heartbeat: bool = False
    email: bool = False
    notices: int = 0


def of_parameters(parameters: Mapping[str, str]) -> Settings:
    """The settings of a deployed stack, from its parameters; one that an older stack lacks has its default."""
    given = {
        "samples_days": parameters.get("SamplesDays"),
        "transitions_days": parameters.get("TransitionsDays"),
        "log_days": parameters.get("LogDays"),
    }
    days = {name: int(value) for name, value in given.items() if value}
    return replace(
        Settings(),
        **days,
        architecture=parameters.get("Architecture") or "arm64",
        robots=parameters.get("Robots") == "true",
        status_page=bool(parameters.get("StatusBucket")),
        dashboard=parameters.get("Dashboard") == "true",
        tracing=parameters.get("Tracing") == "true",
        kms=bool(parameters.get("KmsKeyArn")),
        heartbeat=bool(parameters.get("HeartbeatUrl")),
        email=bool(parameters.get("EmailAddress")),
    )


def overridden(settings: Settings, options: Mapping[str, object]) -> Settings:
    """The settings with those options that were given (not None) in their place."""
    names = {each.name for each in fields(Settings)}
    given = {name: value for name, value in options.items() if name in names and value is not None}
    return replace(settings, **given)  # type: ignore[arg-type]  # as the options declare them

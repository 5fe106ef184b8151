"""What a sweep asks: which target, for which metric, and how."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from icwatch.model import HEALTH, ProbeSpec, Target
from icwatch.probing.prepared import PreparedRequest, prepared_for
from icwatch.text import one_line


@dataclass(frozen=True, slots=True)
class Question:
    """Whom to ask for a metric, how, and the request that does it; or why there can be none."""

    metric: str
    target: Target
    spec: ProbeSpec
    request: PreparedRequest | None
    problem: str = ""

    @property
    def by_tls(self) -> bool:
        """Whether it needs the trust store."""
        return self.request is not None and self.request.tls_name is not None


def question_for(metric: str, target: Target, spec: ProbeSpec) -> Question:
    """The question, with its request; or with why there can be none."""
    try:
        return Question(metric, target, spec, prepared_for(target.url(spec)))
    except Exception as error:
        # One target that cannot even be asked must not stop the others.
        return Question(metric, target, spec, None, one_line(f"{type(error).__name__}: {error}"))


def health_questions(targets: Sequence[Target], health: ProbeSpec) -> list[Question]:
    """One question a target: for its health."""
    return [question_for(HEALTH, target, target.probe or health) for target in targets]


def further_questions(targets: Sequence[Target], further: Mapping[str, ProbeSpec]) -> list[Question]:
    """The questions for the further metrics of each target."""
    return [
        question_for(metric, target, spec)
        for target in targets
        for metric, spec in (further if target.probes is None else target.probes).items()
    ]

"""From the answers of a shard to its sweep, and what all answers come to. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from icwatch.model import HEALTH, TLS_DAYS_LEFT, Failure, Number, Sweep
from icwatch.probing.questions import Question
from icwatch.probing.verdict import Probe


@dataclass(slots=True)
class Tally:
    """What a sweep over the whole fleet came to, for one line of log and a handful of metrics.

    Targets are counted by their health. Further probes have counters of their own: failures by metric, and by metric
    and reason those that this machine could not make. `seen` counts the samples of all metrics, and `retried` the
    probes that took more than one attempt. Where neither a target nor a control could be reached, `cut_off` has the
    causes, and no target failed.
    """

    targets: int = 0
    healthy: int = 0
    causes: Counter[str] = field(default_factory=Counter)
    unseen: Counter[str] = field(default_factory=Counter)
    probe_failures: Counter[str] = field(default_factory=Counter)
    probe_unseen: Counter[str] = field(default_factory=Counter)
    seen: int = 0
    retried: int = 0
    cut_off: Counter[str] = field(default_factory=Counter)
    shards: int = 0
    written: int = 0
    errors: list[str] = field(default_factory=list)

    @property
    def unhealthy(self) -> int:
        """How many targets failed."""
        return sum(self.causes.values())

    def forget(self, why: str) -> None:
        """Nothing was learnt of those that failed, for this reason."""
        self.unseen[why] += self.unhealthy
        self.cut_off, self.causes = self.causes, Counter()
        self.probe_failures.clear()
        self.seen = 0


def sweep_of(shard: str, at: int, source: str, answers: Sequence[tuple[Question, Probe]], tally: Tally) -> Sweep:
    """Put a shard's answers together and count them. Where nothing could be learnt of it, it is inconclusive so far."""
    metrics: dict[str, dict[str, Number]] = {HEALTH: {}}
    failures: dict[str, dict[str, Failure]] = {HEALTH: {}}
    probe_ms: dict[str, int] = {}
    unseen: dict[str, str] = {}
    attempts: dict[str, dict[str, int]] = {}
    for asked, found in answers:
        metric, name = asked.metric, asked.target.id
        if found.attempts > 1:
            attempts.setdefault(metric, {})[name] = found.attempts
        values = metrics.setdefault(metric, {})
        if found.unknown:
            _count_unseen(tally, metric, found.unknown)
            if metric == HEALTH:
                unseen[name] = found.unknown
            continue
        values[name] = int(found.healthy)
        if found.failure:
            failures.setdefault(metric, {})[name] = found.failure
        if metric == HEALTH:
            probe_ms[name] = found.elapsed_ms
            if found.tls_not_after is not None:
                metrics.setdefault(TLS_DAYS_LEFT, {})[name] = _days(found.tls_not_after - at)
    of_health = failures.pop(HEALTH)
    tally.retried += sum(map(len, attempts.values()))
    tally.seen += sum(map(len, metrics.values()))
    tally.healthy += len(probe_ms) - len(of_health)
    tally.causes.update(failure.cause for failure in of_health.values())
    tally.probe_failures.update({metric: len(failed) for metric, failed in failures.items()})
    return Sweep(
        shard=shard,
        at=at,
        metrics=metrics,
        failures=of_health,
        probe_ms=probe_ms,
        conclusive=any(metrics.values()) or not answers,
        probe_failures=failures,
        source=source,
        unseen=unseen,
        attempts=attempts,
    )


def _count_unseen(tally: Tally, metric: str, why: str) -> None:
    if metric == HEALTH:
        tally.unseen[why] += 1
    else:
        tally.probe_unseen[f"{metric}: {why}"] += 1


def _days(seconds: int) -> Decimal:
    """Days with two digits after the point, rounded down: never more than there are."""
    return Decimal(seconds * 100 // 86_400).scaleb(-2)

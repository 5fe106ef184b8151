"""Sweeping: ask every target of every shard once for each of its metrics, and hand each shard's sweep over as soon as
it is complete."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from icwatch.model import ProbeSpec, Sweep, Target
from icwatch.probing.admission import rotated
from icwatch.probing.controls import CUT_OFF, Network, control_questions, cut_off
from icwatch.probing.gates import Asked, Gates
from icwatch.probing.loop import Loop
from icwatch.probing.questions import Question, further_questions, health_questions
from icwatch.probing.tally import Tally, sweep_of
from icwatch.probing.tls import load_tls
from icwatch.probing.transport import ProbeTransport, Transport
from icwatch.probing.verdict import Probe

Save = Callable[[Sweep], bool]
"""Keeps a sweep; False where it was kept before. Called in a thread."""


def sweep_fleet(
    shards: Mapping[str, Sequence[Target]],
    health: ProbeSpec,
    further: Mapping[str, ProbeSpec],
    at: int,
    save: Save,
    *,
    source: str = "",
    turn: int = 0,
    every: int = 0,
    seconds: float = math.inf,
    control: Sequence[Target] = (),
    transport: Transport | None = None,
    loop: Loop | None = None,
) -> Tally:
    """Ask every target for its health and its further metrics, and save one sweep a shard, stamped `at`.

    `health`, and `further` by metric, are the probes of every target that has none of its own. `source` says where
    this is. All probes end within `seconds`: a late one has the time that is left, and its target is unseen where
    that was too little. `every` is the cycle in seconds, which each sweep keeps. `turn` is the number of the sweep:
    each begins with another target. `control` are asked beside them: where all of them and all targets fail for
    want of a way, the sweeps are inconclusive (`controls.py`), and as long as that may be so they wait. A shard of
    which nothing could be learnt is saved last, when it is known whether anything could be learnt of others. A
    shard that cannot be saved does not stop the others; it is named in `errors`.
    """
    tally = Tally(targets=sum(map(len, shards.values())), shards=len(shards))
    with loop or Loop() as running, ThreadPoolExecutor() as threads:
        run = _Run(at, source, every, tally, save, threads, control)
        asked = [
            _Shard(run, name, health_questions(targets, health), further_questions(targets, further))
            for name, targets in shards.items()
        ]
        if any(each.by_tls for shard in asked for each in shard.questions):
            load_tls()
        # Admission keeps the order. The health of all comes first, so that further probes cost no target its health.
        order: list[Asked] = [
            *((asked, run.network, place) for place, asked in enumerate(control_questions(control, health))),
            *rotated([one for shard in asked for one in shard.for_health()], turn),
            *rotated([one for shard in asked for one in shard.for_more()], turn),
        ]
        for shard in asked:
            shard.complete_if_answered()
        Gates(running, transport or ProbeTransport(), running.time() + seconds, order).open()
        run.save_others()
    run.count_written()
    return tally


@dataclass(slots=True)
class _Run:
    """A sweep over the fleet: what its shards have in common, and what became of them."""

    at: int
    source: str
    every: int
    tally: Tally
    save: Save
    threads: ThreadPoolExecutor
    controls: Sequence[Target] = ()
    network: Network = field(init=False)
    blind: list[Sweep] = field(default_factory=list)
    doubtful: list[Sweep] = field(default_factory=list)
    saving: list[tuple[str, Future[bool]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.network = Network(self.controls, self._save_doubtful)

    def complete(self, shard: str, answers: Sequence[tuple[Question, Probe]]) -> None:
        """A shard has all its answers."""
        sweep = replace(sweep_of(shard, self.at, self.source, answers, self.tally), every=self.every)
        self.network.learn(found for _, found in answers)
        if not sweep.conclusive:
            self.blind.append(sweep)
        elif sweep.failures and self.network.is_doubtful:
            self.doubtful.append(sweep)
        else:
            self._save(sweep)

    def save_others(self) -> None:
        """Save those of which it is known only now what they say: nothing could be learnt, or reached."""
        down = self.network.is_down and bool(self.doubtful)
        if down:
            self.tally.forget(CUT_OFF)
            self.doubtful = list(map(cut_off, self.doubtful))
        self._save_doubtful()
        for sweep in self.blind:
            self._save(replace(sweep, conclusive=self.tally.seen > 0, cut_off=down))
        self.tally.unseen.update(self.network.useless())

    def _save_doubtful(self) -> None:
        while self.doubtful:
            self._save(self.doubtful.pop(0))

    def _save(self, sweep: Sweep) -> None:
        self.saving.append((sweep.shard, self.threads.submit(self.save, sweep)))

    def count_written(self) -> None:
        """Count what was saved, and name what could not be."""
        for shard, saved in self.saving:
            if error := saved.exception():
                self.tally.errors.append(f"{shard}: {error}")
            else:
                self.tally.written += saved.result()


class _Shard:
    """A shard of a sweep, and the answers to its questions as they come."""

    __slots__ = ("_answers", "_health", "_left", "_name", "_run", "questions")

    def __init__(self, run: _Run, name: str, health: Sequence[Question], further: Sequence[Question]) -> None:
        self._run, self._name, self._health = run, name, len(health)
        self.questions = [*health, *further]
        self._answers: list[Probe | None] = [None] * len(self.questions)
        self._left = len(self.questions)

    def for_health(self) -> Iterator[Asked]:
        """What is asked first."""
        return ((self.questions[place], self, place) for place in range(self._health))

    def for_more(self) -> Iterator[Asked]:
        """What is asked then."""
        return ((self.questions[place], self, place) for place in range(self._health, len(self.questions)))

    def answered(self, place: int, found: Probe) -> None:
        """One question is."""
        self._answers[place] = found
        self._left -= 1
        self.complete_if_answered()

    def complete_if_answered(self) -> None:
        """Hand the answers over once all of them are there, and keep none."""
        if self._left == 0:
            answers = [(asked, found) for asked, found in zip(self.questions, self._answers, strict=True) if found]
            self._answers.clear()
            self._run.complete(self._name, answers)

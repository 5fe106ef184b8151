"""The consumers of a stack: what calls each function with what its stream or its queue has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from icwatch_cli.local.function import Function
from icwatch_cli.local.mapping import Record
from icwatch_cli.local.queue_consumer import QueueConsumer
from icwatch_cli.local.stack import Stack, client
from icwatch_cli.local.stream import Progress, StreamConsumer
from icwatch_cli.local.supervision import Report


@dataclass(frozen=True, slots=True)
class Observers:
    """Who is called: with what went wrong, with every record of a sweep, and with how far each stream is done with."""

    report: Report
    sweep: Callable[[Record], object]
    progress: Callable[[Progress], object] | None = None


def consumers_of(
    stack: Stack, endpoint: str, functions: Mapping[str, Function], observers: Observers
) -> list[StreamConsumer | QueueConsumer]:
    """A consumer for each event source mapping of the stack at this endpoint; none of them works yet."""
    streams, queues = client("dynamodbstreams", endpoint), client("sqs", endpoint)
    samples = f":table/{stack.outputs['SamplesTable']}/"
    messengers = [QueueConsumer(mapping, functions[name], queues, observers.report) for name, mapping in stack.queues]
    return messengers + [
        StreamConsumer(
            mapping,
            functions[name],
            streams,
            queues,
            report=observers.report,
            observe=observers.sweep if samples in mapping.stream_arn else None,
            progress=observers.progress,
        )
        for name, mapping in stack.mappings
    ]

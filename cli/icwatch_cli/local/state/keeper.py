"""Between ministack and the journal: what a request has changed is on the disk before the request is answered.

Runs in ministack's process. It hooks into what sets and removes items, and looks at queues and streams after each
request. ministack handles a request without a pause, so what is found then is of whole requests only.

Where the disk takes nothing more, requests are answered all the same, from memory: what is kept must keep nobody from
being told of an outage. `problem` says so, and what was not written comes with the first write that succeeds.
"""

from __future__ import annotations

import gc
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from icwatch_cli.local.state.contents import Change
from icwatch_cli.local.state.journal import Journal, JournalError

Message = MutableMapping[str, Any]
App = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]
"""An ASGI application."""

PREFIX = "/_icwatch/"
"""Of the paths at which `client.py` asks the keeper something."""


class Keeper:
    """Keeps the tables, streams and queues of ministack's `dynamodb` and `sqs` modules, from `restore` on."""

    def __init__(self, path: Path, dynamodb: Any, sqs: Any) -> None:
        self.problem = ""
        self._path, self._dynamodb, self._sqs = path, dynamodb, sqs
        self._journal: Journal | None = None
        self._changed: deque[tuple[str, str, str]] = deque()  # which the thread that expires items adds to as well
        self._written: dict[Any, int] = {}
        """The number of records of each stream that the journal has, of all that there ever were."""
        self._put = dynamodb._set_item
        dynamodb._set_item = self._noting(dynamodb._set_item)
        dynamodb._remove_item = self._noting(dynamodb._remove_item)

    def around(self, app: App) -> App:
        """`app`, which answers nothing before what it has changed is kept."""

        async def keeping(scope: Message, receive: Any, send: Callable[[Message], Awaitable[None]]) -> None:
            if str(scope.get("path", "")).startswith(PREFIX):
                await _answer(send, *self._asked(scope["path"].removeprefix(PREFIX), scope["query_string"].decode()))
                return

            async def send_kept(message: Message) -> None:
                if message["type"] == "http.response.start":
                    self.keep()
                await send(message)

            await app(scope, receive, send_kept)

        return keeping

    def restore(self) -> None:
        """Fill ministack, in which nothing but the stack may be, and keep what changes from now on.

        Raises JournalError, and OSError.
        """
        gc.disable()  # which looks at all of the millions of objects again and again while they are read
        journal = Journal(self._path)
        gc.enable()
        gc.freeze()
        for name, table in self._tables():
            for (partition, sort), item in journal.contents.items.get(name, {}).items():
                self._put(table, partition, sort, item)
        for scope, table in self._dynamodb._tables.all_items():
            records = journal.contents.records.get(scope[2], [])
            if table.get("LatestStreamArn"):
                self._dynamodb._stream_records.set_scoped(*scope, [_of_now(each, table) for each in records])
        for name, queue in self._queues():
            # As they were when they were sent: one that somebody had received and not deleted comes again.
            queue["messages"] += [dict(message) for message in journal.contents.messages.get(name, {}).values()]
        self._written = dict(self._stream_ends())
        self._changed.clear()
        self._journal = journal

    def keep(self) -> None:
        """Write what has changed since the last call."""
        if self._journal is None:
            return
        changes = [*self._item_changes(), *self._new_records(), *self._message_changes()]
        try:
            self._journal.add(changes)
            self.problem = ""
        except OSError as error:
            self.problem = error.strerror or str(error)

    def _asked(self, what: str, query: str) -> tuple[int, str]:
        """Status and text of an answer to `icwatch run`."""
        if what == "restore":
            try:
                self.restore()
            except JournalError as error:
                return 409, str(error)
            except OSError as error:
                return 409, f"{self._path} cannot be read and written: {error.strerror or error}"
        elif what == "consumed" and self._journal is not None:
            asked = parse_qs(query)
            self._consumed(["consumed", asked["table"][0], asked["sequence"][0]])
        return 200, self.problem

    def _consumed(self, change: Change) -> None:
        self.keep()  # the record comes before the word that it is done with
        assert self._journal is not None
        try:
            self._journal.add([change])
        except OSError as error:
            self.problem = error.strerror or str(error)

    def _noting(self, change: Callable[..., Any]) -> Callable[..., Any]:
        """`change` of an item of a table, which is noted: (table, partition key, sort key, ...)."""

        def noting(table: Any, partition: str, sort: str, *others: Any) -> Any:
            found = change(table, partition, sort, *others)
            self._changed.append((table["TableName"], partition, sort))
            return found

        return noting

    def _item_changes(self) -> Iterator[Change]:
        keys: dict[tuple[str, str, str], None] = {}
        while self._changed:
            keys[self._changed.popleft()] = None
        tables = dict(self._tables())
        for name, partition, sort in keys:
            item = tables.get(name, {}).get("items", {}).get(partition, {}).get(sort)
            yield ["delete", name, partition, sort] if item is None else ["put", name, partition, sort, item]

    def _new_records(self) -> Iterator[Change]:
        for scope, end in self._stream_ends():
            new = end - self._written.get(scope, 0)
            self._written[scope] = end
            if new:
                for record in self._dynamodb._stream_records.get_scoped(*scope)[-new:]:
                    yield ["record", scope[2], record]

    def _stream_ends(self) -> Iterator[tuple[Any, int]]:
        """Each stream, and how many records there ever were in it; those that were a day old are gone."""
        for scope, records in self._dynamodb._stream_records.all_items():
            yield scope, self._dynamodb._stream_trimmed.get_scoped(*scope, 0) + len(records)

    def _message_changes(self) -> Iterator[Change]:
        assert self._journal is not None
        for name, queue in self._queues():
            known = self._journal.contents.messages.get(name, {})
            there = {message["id"]: message for message in queue["messages"]}
            yield from (["taken", name, gone] for gone in [*known] if gone not in there)
            # A copy, since the backend writes into the message who received it.
            yield from (["message", name, dict(message)] for new, message in there.items() if new not in known)

    def _tables(self) -> Iterator[tuple[str, Any]]:
        yield from ((name, table) for (_, _, name), table in self._dynamodb._tables.all_items())

    def _queues(self) -> Iterator[tuple[str, Any]]:
        yield from ((queue["name"], queue) for queue in self._sqs._queues.all_values())


def _of_now(record: Mapping[str, Any], table: Mapping[str, Any]) -> dict[str, Any]:
    """A stream's record as if it had come just now: what a run has left undone is not too old for the next one."""
    body = {**record["dynamodb"], "ApproximateCreationDateTime": int(time.time())}
    return {**record, "dynamodb": body, "eventSourceARN": table["LatestStreamArn"]}


async def _answer(send: Callable[[Message], Awaitable[None]], status: int, text: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})

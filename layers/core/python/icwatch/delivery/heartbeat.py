"""A heartbeat to somebody outside the account: whoever stops hearing it knows that all of icwatch is gone.

It is sent after a cycle went the whole way: every shard that has targets was swept, and its evaluation saved. The form
is healthchecks.io's, which others take as well: a GET of the address, and of `/fail` below it where a sweep failed.

Shards are evaluated by several invocations, so the cycle's item in the Receipts table says which are done, and who
claimed the call. An invocation that is killed after its claim costs one heartbeat of one cycle, which the outside has
to tolerate anyway; one that comes again calls nothing twice.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from icwatch.delivery.secrets import Secrets

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

LIMIT_SECONDS = 2.0
"""For the call as a whole. It comes after everything was saved, but the next batch waits for it."""

TIMEOUT_SECONDS = 1.5
"""For each step of the call, so that it usually ends by itself within the limit."""

ITEM_SECONDS = 86_400
"""How long a cycle's item is kept."""

MAX_AGE_CYCLES = 5
"""A pass over a cycle older than that is of a backlog, and no sign that anything is watched at present."""

KEY_PREFIX = "heartbeat:"
"""Of the items in the Receipts table."""


class Heartbeat:
    """Calls `reference`'s address once for each complete cycle. `get` sends a GET and raises where it failed."""

    def __init__(
        self,
        client: DynamoDBClient,
        table: str,
        reference: str,
        secrets: Secrets,
        get: Callable[[str], object] | None = None,
    ) -> None:
        self._client, self._table = client, table
        self._reference, self._secrets = reference, secrets
        self._get = get or get_once

    def beat(self, at: int, shards: Collection[str], expected: Collection[str]) -> bool:
        """Say that `shards` are done in the cycle `at`; call where these are the last of `expected`.

        Whether it was called. Raises what goes wrong, which must fail no record.
        """
        if not shards or not expected:
            return False
        if not set(expected) <= set(shards):
            shards = self._add(at, shards)
        if set(expected) <= set(shards) and self._claim(at, "called"):
            self._call("")
            return True
        return False

    def fail(self, at: int) -> bool:
        """Say that a sweep of the cycle `at` failed, once. Whether it was called."""
        if not self._claim(at, "failed"):
            return False
        self._call("/fail")
        return True

    def _add(self, at: int, shards: Collection[str]) -> Collection[str]:
        answer = self._client.update_item(
            TableName=self._table,
            Key=_key(at),
            UpdateExpression="ADD done :shards SET expiration = :expiration",
            ExpressionAttributeValues={":shards": {"SS": sorted(shards)}, **_expiration(at)},
            ReturnValues="ALL_NEW",
        )
        return answer["Attributes"]["done"]["SS"]

    def _claim(self, at: int, what: str) -> bool:
        try:
            self._client.update_item(
                TableName=self._table,
                Key=_key(at),
                UpdateExpression="SET #what = :true, expiration = :expiration",
                ConditionExpression="attribute_not_exists(#what)",
                ExpressionAttributeNames={"#what": what},
                ExpressionAttributeValues={":true": {"BOOL": True}, **_expiration(at)},
            )
        except ClientError as error:
            if error.response["Error"].get("Code") == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def _call(self, suffix: str) -> None:
        """Call within the limit, however slowly the other side answers."""
        url = self._secrets.read(self._reference).rstrip("/") + suffix
        failure: list[BaseException] = []
        done = threading.Event()

        def run() -> None:
            try:
                self._get(url)
            except Exception as error:
                failure.append(error)
            done.set()

        threading.Thread(target=run, name="heartbeat", daemon=True).start()
        if not done.wait(LIMIT_SECONDS):
            raise TimeoutError(f"{self._reference} did not answer within {LIMIT_SECONDS:g} s")
        if failure:
            # Not the error itself: an error of HTTP names the address, which is a secret.
            raise OSError(f"{self._reference} could not be called: {_describe(failure[0])}")


def get_once(url: str) -> None:
    """A GET whose answer is not read but for its status. Raises httpx.HTTPError where that is no success."""
    import httpx  # here, because who has no heartbeat does not pay for it  # noqa: PLC0415

    with httpx.Client(timeout=TIMEOUT_SECONDS) as client, client.stream("GET", url) as response:
        response.raise_for_status()


def is_present(at: int, now: float, every: int) -> bool:
    """Whether a pass over the cycle `at` says something of the present."""
    return now - at <= MAX_AGE_CYCLES * every


def _describe(error: BaseException) -> str:
    response = getattr(error, "response", None)
    return type(error).__name__ if response is None else f"HTTP status {response.status_code}"


def _key(at: int) -> Mapping[str, Any]:
    return {"id": {"S": f"{KEY_PREFIX}{at}"}}


def _expiration(at: int) -> dict[str, Any]:
    return {":expiration": {"N": str(at + ITEM_SECONDS)}}

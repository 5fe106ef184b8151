"""The status page in a bucket, every minute: what is new is read, and the pages that are due are written.

It decides nothing and keeps nothing but what it has read and which pages it wrote, in memory, so a minute that fails is
made good by the next one. Two that run at once write the same pages.
"""

from __future__ import annotations

import functools
import json
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timezone
from typing import TYPE_CHECKING, Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import ClientError

from icwatch.init import connect_at_init
from icwatch.model import Language
from icwatch.settings import PageSettings
from icwatch.storage.tables import CONFIG
from icwatch.tracing import traced
from icwatch_cli.deployed.tables import Tables
from icwatch_cli.serving.bucket import known_objects, write_objects
from icwatch_cli.serving.content import Content
from icwatch_cli.serving.manifest import Manifest
from icwatch_cli.serving.reader import StackReader

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

WRITERS = 8
"""Objects that are written at once."""

REFRESH_SECONDS = 30
"""After which a page that is looked at asks whether there is a newer one."""

logger = Logger(service="page")


class OwnTables(Tables):
    """The tables of the stack that this function is part of, as its environment names them."""

    def __init__(self, settings: PageSettings) -> None:
        self.name, self.option, self.title = settings.stack, f"--stack {settings.stack}", "this stack"
        self._outputs: Mapping[str, str] = json.loads(settings.outputs)

    @property
    def outputs(self) -> Mapping[str, str]:
        """What the environment says of the stack, by the names of the template's outputs."""
        return self._outputs

    def client(self, service: str) -> Any:
        """A client of a service."""
        return boto3.client(service, config=CONFIG)  # type: ignore[call-overload]


@dataclass(frozen=True, slots=True)
class Objects:
    """The objects of a bucket that have `prefix` before their paths."""

    client: S3Client
    bucket: str
    prefix: str

    def read(self, path: str) -> str | None:
        """The text of an object; None where there is none, which a role that may not list is told as a refusal."""
        try:
            found = self.client.get_object(Bucket=self.bucket, Key=f"{self.prefix}{path}")
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("NoSuchKey", "AccessDenied"):
                raise
            return None
        return found["Body"].read().decode(errors="replace")

    def write(self, path: str, text: str, kind: str = "text/plain; charset=utf-8") -> None:
        """Replace an object."""
        self.client.put_object(
            Bucket=self.bucket,
            Key=f"{self.prefix}{path}",
            Body=text.encode(),
            ContentType=kind,
            CacheControl="no-cache",  # a browser asks whether there is a newer one
        )

    def remove(self, path: str) -> None:
        """Remove an object, if it is there."""
        self.client.delete_object(Bucket=self.bucket, Key=f"{self.prefix}{path}")


@dataclass(frozen=True, slots=True)
class Wiring:
    """What the handler works with. The manifest is read at the first minute, and kept."""

    reader: StackReader
    objects: Objects
    manifest: Manifest
    language: Language
    zone: timezone

    def content(self) -> Content:
        """The pages of what was read last, as files that are written again and again."""
        language = self.reader.data.inventory.language or self.language
        return Content(self.reader, self.zone, language, live=False, refresh=REFRESH_SECONDS)


@functools.cache
def wire() -> Wiring:
    """Connect to the tables and the bucket that the environment names; once."""
    settings = PageSettings.from_env()
    objects = Objects(boto3.client("s3", config=CONFIG), settings.bucket, f"{settings.stack}/")
    return Wiring(
        StackReader(OwnTables(settings)),
        objects,
        Manifest(objects),
        settings.language,
        settings.utc_offset,
    )


def this_minute() -> int:
    """Which minute it is, counted from the beginning of Unix time."""
    return int(time.time()) // 60


connect_at_init(wire)


@logger.inject_lambda_context
@traced("page")
def lambda_handler(event: object, context: LambdaContext) -> dict[str, Any]:
    """Write the pages that are due. Raises what a table or the bucket refuses: the next minute tries again."""
    wired = wire()
    began = time.time()
    wired.reader.refresh(0.0)
    content = wired.content()
    with known_objects(content, wired.manifest), ThreadPoolExecutor(WRITERS) as pool:
        puts = []

        def put(path: str, text: str, kind: str) -> None:
            puts.append(pool.submit(wired.objects.write, path, text, kind))

        written = write_objects(content, this_minute(), put)
        for each in puts:
            each.result()
    logger.info("page", objects=written, seconds=round(time.time() - began, 3))
    return {"objects": written}

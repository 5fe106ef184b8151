"""Traces of the functions, where X-Ray is there to take them."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar

Handler = TypeVar("Handler", bound=Callable[..., Any])


def traced(service: str) -> Callable[[Handler], Handler]:
    """Decorates a handler: every invocation is traced, with what it asks of AWS.

    Where tracing is off (AWS China has none for Lambda, nor has one machine), nothing of X-Ray is loaded: outside of
    Lambda its SDK makes clients of its own as soon as it is imported, a third of what a function takes to start.
    """
    if os.environ.get("POWERTOOLS_TRACE_DISABLED", "").lower() in ("1", "true"):
        return lambda handler: handler
    from aws_lambda_powertools import Tracer  # noqa: PLC0415

    return Tracer(service=service, patch_modules=("botocore",)).capture_lambda_handler(capture_response=False)

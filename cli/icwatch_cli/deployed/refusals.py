"""What goes wrong with AWS, as one sentence that says what to do. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from icwatch.text import one_line
from icwatch_cli.deployed.unanswered import Asked, expired, unanswered

AWS_ERRORS = (BotoCoreError, ClientError, ResponseParserError)
"""What calls of AWS raise: no answer, a refusal, and an answer that is none of AWS, such as a proxy's page."""

NOBODY = Asked()

_WHAT = re.compile(r"not authorized to perform: (?P<what>[\w:-]+)(?: on resource: (?P<on>\S+))?")
_WHO = re.compile(r"User: (?P<who>\S+)")


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer of AWS that is none."""

    operation: str
    code: str
    message: str
    status: int

    @classmethod
    def of(cls, error: ClientError) -> Refusal:
        """What boto3 read of it."""
        said = error.response.get("Error", {})
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        return cls(str(error.operation_name), str(said.get("Code", "")), str(said.get("Message", "")), status)


def in_words(error: BotoCoreError | ClientError | ResponseParserError, asked: Asked = NOBODY) -> str:
    """One sentence about what went wrong, and what to do."""
    return refused(Refusal.of(error), asked) if isinstance(error, ClientError) else unanswered(error, asked)


def refused(refusal: Refusal, asked: Asked) -> str:
    """The sentence about an answer. AWS's words go before its code, which may mean several things."""
    for words, sentence in BY_WORDS:
        if words.search(refusal.message):
            return sentence(refusal, asked)
    if refusal.code in BY_CODE:
        return BY_CODE[refusal.code](refusal, asked)
    operation, code = refusal.operation, refusal.code
    if refusal.status >= 500:
        return f"AWS itself has a problem ({operation}: {code}); try again in a minute"
    return f"AWS refused {operation}: {one_line(refusal.message) or code} ({code})"


def _no_stack(refusal: Refusal, asked: Asked) -> str:
    where = f" in {asked.region}" if asked.region else ""
    by = f" with profile {asked.profile}" if asked.profile else ""
    return f"there is no stack {one_line(asked.stack)}{where}{by}; name another --stack, --region or --profile"


def _bad_stack_name(refusal: Refusal, asked: Asked) -> str:
    return f"--stack {one_line(asked.stack)}: is no name of a stack; write one such as icwatch"


def _forbidden(refusal: Refusal, asked: Asked) -> str:
    what, who = _WHAT.search(refusal.message), _WHO.search(refusal.message)
    doing = what["what"] if what else refusal.operation
    on = f" on {what['on']}" if what and what["on"] else ""
    by = f" for {who['who']}" if who else ""
    denied = " (an explicit deny)" if "explicit deny" in refusal.message else ""
    return f"AWS does not allow {doing}{on}{by}{denied}; ask for this permission, or name another --profile"


def _skewed(refusal: Refusal, asked: Asked) -> str:
    return "AWS refuses the clock of this machine; set it right (timedatectl shows it)"


def _unknown(refusal: Refusal, asked: Asked) -> str:
    why = f"or region {asked.region} is not enabled for the account" if asked.region else "or of another partition"
    who = f"these credentials ({refusal.code})"
    return f"AWS does not know {who}: they are wrong or deleted, {why}; sign in again, or name another --profile"


def _throttled(refusal: Refusal, asked: Asked) -> str:
    return f"AWS has too many calls at once ({refusal.operation}: {refusal.code}); try again in a minute"


def _gone(refusal: Refusal, asked: Asked) -> str:
    return f"a part of the stack is gone ({refusal.operation}: {refusal.code}); deploy it again"


Sentence = Callable[[Refusal, Asked], str]

BY_WORDS: Sequence[tuple[re.Pattern[str], Sentence]] = (
    (re.compile(r"^Stack\b.* does not exist"), _no_stack),
    (re.compile(r"at 'stackName' failed"), _bad_stack_name),
    (re.compile(r"Signature (expired|not yet current)"), _skewed),
    (re.compile(r"not authorized to perform"), _forbidden),
)

CODES: Mapping[Sentence, str] = {
    expired: "ExpiredToken ExpiredTokenException RequestExpired TokenRefreshRequired",
    _skewed: "RequestInTheFuture RequestTimeTooSkewed",
    _forbidden: "AccessDenied AccessDeniedException AuthorizationError KMS.AccessDeniedException KMSAccessDenied "
    "UnauthorizedOperation",
    _unknown: "AuthFailure IncompleteSignature InvalidAccessKeyId InvalidClientTokenId InvalidSignatureException "
    "MissingAuthenticationToken OptInRequired SignatureDoesNotMatch UnrecognizedClientException",
    _throttled: "LimitExceededException PriorRequestNotComplete ProvisionedThroughputExceededException "
    "RequestLimitExceeded RequestThrottled RequestThrottledException SlowDown Throttling ThrottledException "
    "ThrottlingException TooManyRequestsException",
    _gone: "AWS.SimpleQueueService.NonExistentQueue NotFound QueueDoesNotExist ResourceNotFoundException",
}
"""The codes of all services that mean the same."""

BY_CODE = {code: sentence for sentence, codes in CODES.items() for code in codes.split()}

"""What goes wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from .servicetitan import ErrorCode, ErrorDetails, Issue

INTERNAL_ERROR = -32603


class PipefitError(Exception):
    """Why a call failed. Branch on `code`; `retryable` says whether the same call can be repeated without harm."""

    def __init__(self, details: ErrorDetails) -> None:
        super().__init__(details["message"])
        self.code: ErrorCode = details["code"]
        self.message: str = details["message"]
        self.retryable: bool = details["retryable"]
        self.issues: list[Issue] = details.get("issues") or []
        """What is wrong with the inputs, one by one; empty unless the code is `invalid_input`."""
        self.retry_after_seconds: int | None = details.get("retryAfterSeconds")
        self.status: int | None = details.get("status")
        """The HTTP status of the service's response, if there was one."""
        self.scope: str | None = details.get("scope")
        """The OAuth scope that is missing, if it is known."""
        self.details: ErrorDetails = details
        """The whole error, with members that are rarely needed: `request`, `traceId`, `errors`."""

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"

    def __reduce__(self) -> tuple[type[PipefitError], tuple[ErrorDetails]]:
        return type(self), (self.details,)


def error(code: ErrorCode, message: str, *, retryable: bool = False) -> PipefitError:
    return PipefitError({"code": code, "message": message, "retryable": retryable})


def error_of(fault: Mapping[str, Any]) -> PipefitError:
    """Reads the error of a response. Those of the protocol have a number and a message only."""
    if "data" in fault:
        return PipefitError(cast("ErrorDetails", fault["data"]))
    return error("internal" if fault["code"] == INTERNAL_ERROR else "invalid_request", fault["message"])

"""Requests, and what is the same for all units."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypedDict, cast

from ._kinds import LISTS, READERS
from .errors import error

COMPONENT = "servicetitan"


class _Request(TypedDict, total=False):
    action: str
    dataSource: str
    trigger: str
    inputs: Mapping[str, Any]
    state: Any
    """The state that the last poll of the trigger returned, unchanged."""
    dryRun: bool
    """Returns the request that would be sent, and sends nothing."""
    verify: bool
    """Reads the record back after it was created or changed."""
    idempotencyKey: str
    """Creates the record once, however often the request is sent with this key."""
    timeoutSeconds: float
    traceparent: str
    """The trace that the call belongs to, as in W3C Trace Context."""


class Request(_Request, total=False):
    """A request: one of `action`, `dataSource` and `trigger`, and its inputs."""

    component: str
    """The key of the component, if several have a unit with this key."""


class ComponentRequest(_Request):
    """A request that names its component."""

    component: str


class Entry(TypedDict):
    """An entry of a data source."""

    key: str
    label: str


class _Entries(TypedDict):
    result: list[Entry]


class Entries(_Entries, total=False):
    """The reply of a data source."""

    truncated: bool
    """Whether there was more."""


class Finding(TypedDict):
    """One thing that a connection test checked."""

    key: str
    label: str
    status: str
    message: str


class Diagnosis(TypedDict):
    """What a connection test found."""

    ok: bool
    findings: list[Finding]


Kind = Literal["action", "dataSource", "trigger"]


def action_request(key: str, inputs: Mapping[str, Any], verify: bool, idempotency_key: str | None) -> Request:
    request: Request = {"action": key, "inputs": inputs}
    if verify:
        request["verify"] = True
    if idempotency_key is not None:
        request["idempotencyKey"] = idempotency_key
    return request


def trigger_request(key: str, inputs: Mapping[str, Any], state: Any) -> Request:
    request: Request = {"trigger": key, "inputs": inputs}
    if state is not None:
        request["state"] = state
    return request


def timed(request: Request, timeout: float | None) -> dict[str, Any]:
    """Returns the parameters of a request that may take so many seconds."""
    if not isinstance(request, Mapping):
        raise TypeError("a request must be a mapping, such as {'action': 'getJob', 'inputs': {'jobId': 1}}")
    if timeout is not None and not timeout > 0:
        raise ValueError(f"`timeout` is {timeout!r}, and must be a number of seconds above 0")
    params = cast("dict[str, Any]", dict(request))
    return params if timeout is None else {**params, "timeoutSeconds": timeout}


def record_params(request: Request, timeout: float | None, batch_size: int, credit: int) -> dict[str, Any]:
    """Returns the parameters of a request whose records are sent in batches. Refuses what returns no list."""
    params = timed(request, timeout)
    check_list(request)
    if not 1 <= batch_size <= 10_000:
        raise ValueError(f"`batch_size` is {batch_size!r}, and must be from 1 to 10,000")
    if credit < 1:
        raise ValueError(f"`credit` is {credit!r}, and must be 1 or more")
    return params


def unit(key: str, kind: Kind | None, component: str | None) -> dict[str, Any]:
    return present(key=key, kind=kind, component=component)


def present(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def reads(request: Request) -> bool:
    """Whether a request surely changes nothing."""
    action = request.get("action")
    is_known = request.get("component", COMPONENT) == COMPONENT and action in READERS
    return action is None or request.get("dryRun", False) or is_known


def check_list(request: Request) -> None:
    """Refuses what returns no list."""
    key = request.get("action") or request.get("dataSource") or request.get("trigger") or ""
    if request.get("component", COMPONENT) == COMPONENT and key not in LISTS:
        raise error("invalid_request", f"`{key}` does not return a list; nothing was sent")

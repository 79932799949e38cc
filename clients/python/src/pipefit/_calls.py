"""The calls in flight, whatever carries their messages."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from . import _program
from ._json import dumps, loads
from .errors import PipefitError, error, error_of

Take = Callable[[list[Any]], None]


class Future(Protocol):
    """What `concurrent.futures` and `asyncio` have in common."""

    def done(self) -> bool: ...
    def set_result(self, result: Any, /) -> None: ...
    def set_exception(self, exception: Any, /) -> None: ...


@dataclass
class InFlight:
    """A call that was sent."""

    future: Future
    reads: bool
    size: int
    take: Take | None

    def succeed(self, result: Any) -> None:
        if not self.future.done():
            self.future.set_result(result)

    def fail(self, why: PipefitError) -> None:
        if not self.future.done():
            self.future.set_exception(why)


class Calls:
    """The calls in flight, by id. `idle` is called whenever there are none."""

    def __init__(self, write: Callable[[bytes], None], idle: Callable[[], None]) -> None:
        self._write = write
        self._idle = idle
        self._lock = threading.Lock()
        self._in_flight: dict[str, InFlight] = {}
        self._last = 0
        self._closed = False
        self._end: _program.Ending | None = None

    def next_id(self) -> str:
        with self._lock:
            self._last += 1
            return str(self._last)

    def send(self, id: str, method: str, params: Any, future: Future, *, reads: bool, take: Take | None = None) -> None:
        """Sends a call; its result goes to the future, and its records to `take`."""
        line = _line({"jsonrpc": "2.0", "id": id, "method": method, "params": params})
        with self._lock:
            end = _program.CLOSED if self._closed else self._end
            if end is not None:
                # Sending it again over this client cannot help.
                raise end.unanswered("nothing was sent", retryable=False)
            self._in_flight[id] = InFlight(future, reads, len(line), take)
        self._write(line)

    def notify(self, method: str, params: Any) -> None:
        if self._end is None:
            self._write(_line({"jsonrpc": "2.0", "method": method, "params": params}))

    def cancel(self, id: str, grace: float | None = None) -> None:
        """Cancels a call, if it is in flight."""
        if id in self._in_flight:
            grace_seconds = {} if grace is None else {"graceSeconds": grace}
            self.notify("$/cancelRequest", {"id": id, **grace_seconds})

    def cancel_all(self) -> None:
        for id in list(self._in_flight):
            self.cancel(id)

    def close(self) -> None:
        """Takes no further call."""
        with self._lock:
            self._closed = True

    def is_idle(self) -> bool:
        return not self._in_flight

    def receive(self, line: bytes) -> bool:
        """Takes a line of the server. Returns false if what wrote it is no server."""
        try:
            message = loads(line)
        except ValueError:
            self.fail(_program.NO_SERVER)
            return False
        if message.get("method") == "$/progress":
            call = self._in_flight.get(message["params"]["token"])
            if call is not None and call.take is not None:
                call.take(message["params"]["records"])
            return True
        call = self._forget(message.get("id"))
        if call is None:
            return True
        if "error" in message:
            call.fail(error_of(message["error"]))
        else:
            call.succeed(message["result"])
        self._tell_idle()
        return True

    def fail(self, end: _program.Ending) -> None:
        """Ends all calls: nothing more can come."""
        with self._lock:
            self._end = self._end or end
            lost, self._in_flight = self._in_flight, {}
        for call in lost.values():
            if call.reads:
                call.fail(end.unanswered("nothing was changed"))
            else:
                call.fail(error("outcome_unknown", f"{end.why}; the write may or may not have happened"))
        self._tell_idle()

    def _forget(self, id: str | None) -> InFlight | None:
        with self._lock:
            if id is None and self._in_flight:
                # A message that is too long is refused without its id.
                id = max(self._in_flight, key=lambda one: self._in_flight[one].size)
            return None if id is None else self._in_flight.pop(id, None)

    def _tell_idle(self) -> None:
        if not self._in_flight:
            self._idle()


def _line(message: dict[str, Any]) -> bytes:
    return dumps(message).encode() + b"\n"

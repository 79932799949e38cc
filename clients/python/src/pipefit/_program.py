"""The program that serves."""

from __future__ import annotations

import contextlib
import os
import re
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .errors import PipefitError, error

if TYPE_CHECKING:
    from .servicetitan import ErrorCode

# The exit statuses of a program that does not serve before something is changed.
REFUSALS: dict[int, ErrorCode] = {2: "invalid_request", 3: "invalid_connection"}

# How many bytes of stderr are kept, and how many characters of its last error a message shows.
KEPT = 8192
SHOWN = 1000


@dataclass(frozen=True)
class Ending:
    """Why nothing more can come."""

    why: str
    refusal: ErrorCode | None = None
    """The code of what must be changed before the program can serve, if it refused to."""

    def unanswered(self, effect: str, *, retryable: bool = True) -> PipefitError:
        """The error of a call that changed nothing."""
        if self.refusal is not None:
            return error(self.refusal, self.why)
        return error("unavailable", f"{self.why}; {effect}", retryable=retryable)


class Stderr:
    """What the program writes to stderr: it goes to that of this process, and its end is kept."""

    def __init__(self) -> None:
        self._tail = b""

    def take(self, data: bytes) -> None:
        with contextlib.suppress(OSError):
            os.write(2, data)
        self._tail = (self._tail + data)[-KEPT:]

    def last_error(self) -> str:
        """Returns the last error or, if no line is marked as one, the last line."""
        lines = [line for line in self._tail.decode(errors="replace").split("\n") if line.strip()]
        errors = [line for line in lines if line.startswith("error: ")]
        line = (errors or lines or [""])[-1]
        return re.sub("^error: ([a-z_]+: )?", "", line)[:SHOWN]


def command_line(command: str | None, args: Sequence[str]) -> list[str]:
    return [command or os.environ.get("PIPEFIT") or "pipefit", "serve", "--stdio", *args]


def cannot_start(program: str, why: OSError) -> PipefitError:
    reason = "there is no such program" if isinstance(why, FileNotFoundError) else str(why.strerror)
    hint = "install Pipefit, or name the program with `command` or the variable PIPEFIT"
    return error("unavailable", f"cannot start `{program}`: {reason}; {hint}")


def cannot_connect(path: str, why: OSError) -> PipefitError:
    return error("unavailable", f"cannot connect to {path}: {why.strerror}; does `pipefit serve --socket` run?")


def ending(program: str, status: int, stderr: Stderr) -> Ending:
    if status < 0:
        return Ending(f"`{program}` was ended by {signal.Signals(-status).name}")
    why, refusal = f"`{program}` ended with status {status}", REFUSALS.get(status)
    cause = stderr.last_error() if refusal else ""
    return Ending(f"{why}: {cause}" if cause else why, refusal)


CLOSED = Ending("the client is closed")
DISCONNECTED = Ending("the connection to the server was closed")
NO_SERVER = Ending("the server wrote a line that is not JSON")

"""The program that serves."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence

from .errors import PipefitError, error


def command_line(command: str | None, args: Sequence[str]) -> list[str]:
    return [command or os.environ.get("PIPEFIT") or "pipefit", "serve", "--stdio", *args]


def cannot_start(program: str, why: OSError) -> PipefitError:
    reason = "there is no such program" if isinstance(why, FileNotFoundError) else str(why.strerror)
    hint = "install Pipefit, or name the program with `command` or the variable PIPEFIT"
    return error("unavailable", f"cannot start `{program}`: {reason}; {hint}")


def cannot_connect(path: str, why: OSError) -> PipefitError:
    return error("unavailable", f"cannot connect to {path}: {why.strerror}; does `pipefit serve --socket` run?")


def ending(program: str, status: int) -> str:
    if status < 0:
        return f"`{program}` was ended by {signal.Signals(-status).name}"
    return f"`{program}` ended with status {status}"


DISCONNECTED = "the connection to the server was closed"

"""The client for programs without an event loop. Its methods can be called from any thread."""

from __future__ import annotations

import contextlib
import io
import queue
import socket
import subprocess
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent import futures
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Callable, Generic, TypeVar, cast

from . import _program
from ._calls import Calls
from .requests import (
    Diagnosis,
    Kind,
    Request,
    action_request,
    present,
    reads,
    record_params,
    timed,
    trigger_request,
    unit,
)

if TYPE_CHECKING:
    from ._units import Units
else:
    Units = object

T = TypeVar("T")
Names = list[str]


class Call(Generic[T]):
    """A call in flight."""

    def __init__(self, calls: Calls, id: str) -> None:
        self._calls = calls
        self._id = id
        self._future: futures.Future[Any] = futures.Future()

    def result(self) -> T:
        """Waits for the result. Raises `PipefitError` if the call fails. Ctrl-C cancels the call."""
        try:
            return cast(T, self._future.result())
        except KeyboardInterrupt:
            self.cancel()
            raise

    def done(self) -> bool:
        return self._future.done()

    def cancel(self, grace: float | None = None) -> None:
        """
        Cancels the call. `result` still returns its outcome: a write that was sent waits `grace` seconds, 10 if left
        out, for its response.
        """
        self._calls.cancel(self._id, grace)


class Records(Generic[T]):
    """The records of a list, in the order of the service. They are requested while they are read."""

    def __init__(self, client: Client, params: dict[str, Any], batch_size: int, credit: int) -> None:
        self._client = client
        self._params = params
        self._batch_size = batch_size
        self._credit = credit
        self.has_more: bool | None = None
        """Whether the list has more records than were read; known when the loop is over."""

    def __iter__(self) -> Iterator[T]:
        self.has_more = None
        calls = self._client._calls
        # A batch, or nothing once the call has ended.
        batches: queue.SimpleQueue[list[T] | None] = queue.SimpleQueue()
        call: Call[Any] = Call(calls, calls.next_id())
        call._future.add_done_callback(lambda _: batches.put(None))
        progress = {"token": call._id, "batchSize": self._batch_size, "credit": self._credit}
        params = {**self._params, "progress": progress}
        calls.send(call._id, "invoke", params, call._future, reads=True, take=batches.put)
        try:
            while (batch := batches.get()) is not None:
                yield from batch
                calls.notify("$/credit", {"token": call._id, "batches": 1})
        finally:
            # If the loop was left early; else this does nothing.
            call.cancel()
            futures.wait([call._future])
        self.has_more = call.result()["hasMore"]


class Client(Units):
    """A running `pipefit serve`. Use it in a `with` statement, or `close` it."""

    def __init__(self, transport: _Transport) -> None:
        """Use `Client.start` or `Client.connect`."""
        self._transport = transport
        self._idle = threading.Condition()
        self._calls = Calls(transport.write, self._became_idle)
        self._reader = threading.Thread(target=self._read, name="pipefit", daemon=True)
        self._reader.start()

    @classmethod
    def start(
        cls, args: Sequence[str] = (), *, command: str | None = None, env: Mapping[str, str] | None = None
    ) -> Client:
        """
        Starts `pipefit serve --stdio` with further arguments, such as `["--connections", "connections.json"]`. It ends
        with this process, or by `close`. `command` names the program; otherwise the variable PIPEFIT does.
        """
        client = cls(_start(_program.command_line(command, args), env))
        try:
            # Wrong arguments show here.
            client.connections()
        except BaseException:
            client.close(cancel=True)
            raise
        return client

    @classmethod
    def connect(cls, path: str) -> Client:
        """Connects to `pipefit serve --socket PATH`."""
        return cls(_dial(path))

    if not TYPE_CHECKING:
        # Their types follow from the key: `_units.pyi`.

        def action(self, key, inputs, *, timeout=None, verify=False, idempotency_key=None):
            """Runs an action, for its inputs. `timeout` is in seconds."""
            return self.invoke(action_request(key, inputs, verify, idempotency_key), timeout=timeout)

        def data_source(self, key, inputs, *, timeout=None):
            """Reads the entries of a data source."""
            return self.invoke({"dataSource": key, "inputs": inputs}, timeout=timeout)

        def trigger(self, key, inputs, state=None, *, timeout=None):
            """Polls a trigger; `state` is that of the last reply."""
            return self.invoke(trigger_request(key, inputs, state), timeout=timeout)

        def records(self, request, *, timeout=None, batch_size=500, credit=8):
            """
            Reads the records of a list, or the entries of a data source, in a `for` loop, in bounded memory: at most
            `credit` batches of `batch_size` records wait to be read. `fetchAll` among the inputs reads all pages.
            Leaving the loop cancels the call.
            """
            return Records(self, record_params(request, timeout, batch_size, credit), batch_size, credit)

    def invoke(self, request: Request, *, timeout: float | None = None) -> dict[str, Any]:
        """Runs any request, and returns its reply: an object with `data` or `result`."""
        return self.submit(request, timeout=timeout).result()

    def submit(self, request: Request, *, timeout: float | None = None) -> Call[dict[str, Any]]:
        """Begins a request, and returns the call, which can be cancelled."""
        return self._submit("invoke", timed(request, timeout), reads(request))

    def list(self, component: str | None = None) -> dict[str, Any]:
        """Describes all components, or one: their actions, data sources and triggers."""
        return self._call("list", present(component=component))

    def describe(self, key: str, *, kind: Kind | None = None, component: str | None = None) -> dict[str, Any]:
        """Describes a unit: its inputs, effect and scopes."""
        return self._call("describe", unit(key, kind, component))

    def schema(self, key: str, *, kind: Kind | None = None, component: str | None = None) -> dict[str, Any]:
        """Returns the JSON Schemas of a unit, for forms."""
        return self._call("schema", unit(key, kind, component))

    def connections(self) -> Names:
        """Returns the names of the connections that requests can name."""
        return cast(Names, self._call("connection.list", {})["connections"])

    def test_connection(self, connection: str | Mapping[str, Any], *, component: str | None = None) -> Diagnosis:
        """Tests a connection, given as a mapping or by its name."""
        return cast(Diagnosis, self._call("connection.test", present(connection=connection, component=component)))

    def close(self, *, cancel: bool = False) -> None:
        """
        Takes no further calls and waits until those in flight are answered, and lists are read to their end; `cancel`
        cancels them first.
        """
        self._calls.close()
        if cancel:
            self._calls.cancel_all()
        with self._idle:
            self._idle.wait_for(self._calls.is_idle)
        self._transport.finish()
        self._reader.join()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close(cancel=kind is not None)

    def _submit(self, method: str, params: dict[str, Any], reads: bool) -> Call[dict[str, Any]]:
        call: Call[dict[str, Any]] = Call(self._calls, self._calls.next_id())
        self._calls.send(call._id, method, params, call._future, reads=reads)
        return call

    def _call(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        return self._submit(method, params, True).result()

    def _read(self) -> None:
        for line in self._transport.lines():
            if not self._calls.receive(line):
                self._transport.destroy()
                break
        self._calls.fail(self._transport.wait())
        self._transport.close()

    def _became_idle(self) -> None:
        with self._idle:
            self._idle.notify_all()


class _Transport:
    """What carries the messages."""

    def __init__(
        self,
        output: BinaryIO,
        input: BinaryIO,
        *,
        finish: Callable[[], None],
        destroy: Callable[[], None],
        wait: Callable[[], _program.Ending],
    ) -> None:
        self._output = output
        self._input = input
        self._lock = threading.Lock()
        self._finish = finish
        self.destroy = destroy
        self.wait = wait
        """Waits until the other end is gone, and says why it is."""

    def write(self, line: bytes) -> None:
        with self._lock:
            # If the other end is gone, the reader learns why, and ends the calls.
            with contextlib.suppress(OSError, ValueError):
                self._output.write(line)
                self._output.flush()

    def finish(self) -> None:
        """Says that nothing more is sent."""
        with self._lock:
            with contextlib.suppress(OSError):
                self._finish()

    def close(self) -> None:
        with self._lock:
            for file in (self._output, self._input):
                with contextlib.suppress(OSError):
                    file.close()

    def lines(self) -> Iterable[bytes]:
        with contextlib.suppress(OSError, ValueError):
            yield from self._input


def _start(command: Sequence[str], env: Mapping[str, str] | None) -> _Transport:
    try:
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=env)
    except OSError as why:
        raise _program.cannot_start(command[0], why) from why
    output, input = cast(BinaryIO, process.stdin), cast(BinaryIO, process.stdout)

    stderr = _program.Stderr()
    reader = threading.Thread(target=_copy, args=[process.stderr, stderr], name="pipefit stderr", daemon=True)
    reader.start()

    def wait() -> _program.Ending:
        status = process.wait()
        # What the program started may hold its stderr open.
        reader.join(1)
        return _program.ending(command[0], status, stderr)

    return _Transport(output, input, finish=output.close, destroy=process.kill, wait=wait)


def _copy(source: BinaryIO, target: _program.Stderr) -> None:
    with source:
        while data := cast(io.BufferedReader, source).read1():
            target.take(data)


def _dial(path: str) -> _Transport:
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(path)
    except OSError as why:
        connection.close()
        raise _program.cannot_connect(path, why) from why

    def wait() -> _program.Ending:
        connection.close()
        return _program.DISCONNECTED

    return _Transport(
        cast(BinaryIO, connection.makefile("wb")),
        cast(BinaryIO, connection.makefile("rb")),
        finish=lambda: connection.shutdown(socket.SHUT_WR),
        destroy=lambda: connection.shutdown(socket.SHUT_RDWR),
        wait=wait,
    )

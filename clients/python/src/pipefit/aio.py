"""The client for programs with an event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Awaitable, Callable, Generic, TypeVar, cast

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
    from ._units import AsyncUnits
else:
    AsyncUnits = object

T = TypeVar("T")
Names = list[str]

# How many bytes of a line are read at a time.
PIECE = 256 * 1024


class AsyncCall(Generic[T]):
    """A call in flight. Await it for its result."""

    def __init__(self, calls: Calls, id: str) -> None:
        self._calls = calls
        self._id = id
        self._future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    def __await__(self) -> Generator[Any, None, T]:
        try:
            return cast(T, (yield from self._future.__await__()))
        except asyncio.CancelledError:
            self.cancel()
            raise

    def done(self) -> bool:
        return self._future.done()

    def cancel(self, grace: float | None = None) -> None:
        """
        Cancels the call. Awaiting it still returns its outcome: a write that was sent waits `grace` seconds, 10 if left
        out, for its response.
        """
        self._calls.cancel(self._id, grace)


class AsyncRecords(Generic[T]):
    """The records of a list, in the order of the service. They are requested while they are read."""

    def __init__(self, client: AsyncClient, params: dict[str, Any], batch_size: int, credit: int) -> None:
        self._client = client
        self._params = params
        self._batch_size = batch_size
        self._credit = credit
        self.has_more: bool | None = None
        """Whether the list has more records than were read; known when the loop is over."""

    async def __aiter__(self) -> AsyncGenerator[T, None]:
        self.has_more = None
        calls = self._client._calls
        # A batch, or nothing once the call has ended.
        batches: asyncio.Queue[list[T] | None] = asyncio.Queue()
        call: AsyncCall[Any] = AsyncCall(calls, calls.next_id())
        call._future.add_done_callback(lambda _: batches.put_nowait(None))
        progress = {"token": call._id, "batchSize": self._batch_size, "credit": self._credit}
        params = {**self._params, "progress": progress}
        calls.send(call._id, "invoke", params, call._future, reads=True, take=batches.put_nowait)
        try:
            while (batch := await batches.get()) is not None:
                for record in batch:
                    yield record
                calls.notify("$/credit", {"token": call._id, "batches": 1})
        finally:
            # If the loop was left early; else this does nothing.
            call.cancel()
            await asyncio.wait([call._future])
            # Asked for, so that asyncio does not call it forgotten.
            call._future.exception()
        self.has_more = (await call)["hasMore"]


class AsyncClient(AsyncUnits):
    """A running `pipefit serve`. Use it in an `async with` statement, or `close` it."""

    def __init__(self, transport: _Transport) -> None:
        """Use `AsyncClient.start` or `AsyncClient.connect`."""
        self._transport = transport
        self._idle = asyncio.Event()
        self._calls = Calls(transport.write, self._idle.set)
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def start(
        cls, args: Sequence[str] = (), *, command: str | None = None, env: Mapping[str, str] | None = None
    ) -> AsyncClient:
        """
        Starts `pipefit serve --stdio` with further arguments, such as `["--connections", "connections.json"]`. It ends
        with this process, or by `close`. `command` names the program; otherwise the variable PIPEFIT does.
        """
        client = cls(await _start(_program.command_line(command, args), env))
        try:
            # Wrong arguments show here.
            await client.connections()
        except BaseException:
            await client.close(cancel=True)
            raise
        return client

    @classmethod
    async def connect(cls, path: str) -> AsyncClient:
        """Connects to `pipefit serve --socket PATH`."""
        return cls(await _dial(path))

    if not TYPE_CHECKING:
        # Their types follow from the key: `_units.pyi`.

        async def action(self, key, inputs, *, timeout=None, verify=False, idempotency_key=None):
            """Runs an action, for its inputs. `timeout` is in seconds."""
            return await self.invoke(action_request(key, inputs, verify, idempotency_key), timeout=timeout)

        async def data_source(self, key, inputs, *, timeout=None):
            """Reads the entries of a data source."""
            return await self.invoke({"dataSource": key, "inputs": inputs}, timeout=timeout)

        async def trigger(self, key, inputs, state=None, *, timeout=None):
            """Polls a trigger; `state` is that of the last reply."""
            return await self.invoke(trigger_request(key, inputs, state), timeout=timeout)

        def records(self, request, *, timeout=None, batch_size=500, credit=8):
            """
            Reads the records of a list, or the entries of a data source, in an `async for` loop, in bounded memory: at
            most `credit` batches of `batch_size` records wait to be read. `fetchAll` among the inputs reads all pages.
            Leaving the loop cancels the call.
            """
            return AsyncRecords(self, record_params(request, timeout, batch_size, credit), batch_size, credit)

    async def invoke(self, request: Request, *, timeout: float | None = None) -> dict[str, Any]:
        """
        Runs any request, and returns its reply: an object with `data` or `result`. If the task is cancelled, so is the
        call, and its outcome is not known here: `submit` and `AsyncCall.cancel` tell it.
        """
        return await self.submit(request, timeout=timeout)

    def submit(self, request: Request, *, timeout: float | None = None) -> AsyncCall[dict[str, Any]]:
        """Begins a request, and returns the call, which can be awaited and cancelled."""
        return self._submit("invoke", timed(request, timeout), reads(request))

    async def list(self, component: str | None = None) -> dict[str, Any]:
        """Describes all components, or one: their actions, data sources and triggers."""
        return await self._submit("list", present(component=component))

    async def describe(self, key: str, *, kind: Kind | None = None, component: str | None = None) -> dict[str, Any]:
        """Describes a unit: its inputs, effect and scopes."""
        return await self._submit("describe", unit(key, kind, component))

    async def schema(self, key: str, *, kind: Kind | None = None, component: str | None = None) -> dict[str, Any]:
        """Returns the JSON Schemas of a unit, for forms."""
        return await self._submit("schema", unit(key, kind, component))

    async def connections(self) -> Names:
        """Returns the names of the connections that requests can name."""
        return cast(Names, (await self._submit("connection.list", {}))["connections"])

    async def test_connection(self, connection: str | Mapping[str, Any], *, component: str | None = None) -> Diagnosis:
        """Tests a connection, given as a mapping or by its name."""
        params = present(connection=connection, component=component)
        return cast(Diagnosis, await self._submit("connection.test", params))

    async def close(self, *, cancel: bool = False) -> None:
        """
        Takes no further calls and waits until those in flight are answered, and lists are read to their end; `cancel`
        cancels them first.
        """
        self._calls.close()
        if cancel:
            self._calls.cancel_all()
        while not self._calls.is_idle():
            self._idle.clear()
            await self._idle.wait()
        self._transport.finish()
        await asyncio.shield(self._reader)

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close(cancel=kind is not None)

    def _submit(self, method: str, params: dict[str, Any], reads: bool = True) -> AsyncCall[dict[str, Any]]:
        call: AsyncCall[dict[str, Any]] = AsyncCall(self._calls, self._calls.next_id())
        self._calls.send(call._id, method, params, call._future, reads=reads)
        return call

    async def _read(self) -> None:
        async for line in _lines(self._transport.input):
            if not self._calls.receive(line):
                self._transport.destroy()
                break
        self._calls.fail(await self._transport.wait())


class _Transport:
    """What carries the messages."""

    def __init__(
        self,
        input: asyncio.StreamReader,
        output: asyncio.StreamWriter,
        *,
        destroy: Callable[[], None],
        wait: Callable[[], Awaitable[_program.Ending]],
    ) -> None:
        self.input = input
        self._output = output
        self.destroy = destroy
        self.wait = wait
        """Waits until the other end is gone, and says why it is."""

    def write(self, line: bytes) -> None:
        if not self._output.is_closing():
            self._output.write(line)

    def finish(self) -> None:
        """Says that nothing more is sent."""
        if self._output.can_write_eof() and not self._output.is_closing():
            self._output.write_eof()


async def _lines(input: asyncio.StreamReader) -> AsyncGenerator[bytes, None]:
    """Returns the lines of the input, however long."""
    pieces: list[bytes] = []
    while True:
        try:
            data = await input.read(PIECE)
        except OSError:
            return
        if not data:
            return
        *lines, rest = data.split(b"\n")
        for line in lines:
            yield b"".join([*pieces, line])
            pieces = []
        pieces.append(rest)


async def _start(command: Sequence[str], env: Mapping[str, str] | None) -> _Transport:
    pipe = asyncio.subprocess.PIPE
    try:
        process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=pipe, env=env)
    except OSError as why:
        raise _program.cannot_start(command[0], why) from why

    stderr = _program.Stderr()
    reader = asyncio.create_task(_copy(cast(asyncio.StreamReader, process.stderr), stderr))

    async def wait() -> _program.Ending:
        status = await process.wait()
        # What the program started may hold its stderr open.
        await asyncio.wait([reader], timeout=1)
        return _program.ending(command[0], status, stderr)

    def destroy() -> None:
        if process.returncode is None:
            process.kill()

    output = cast(asyncio.StreamWriter, process.stdin)
    return _Transport(cast(asyncio.StreamReader, process.stdout), output, destroy=destroy, wait=wait)


async def _copy(source: asyncio.StreamReader, target: _program.Stderr) -> None:
    while data := await source.read(PIECE):
        target.take(data)


async def _dial(path: str) -> _Transport:
    try:
        input, output = await asyncio.open_unix_connection(path)
    except OSError as why:
        raise _program.cannot_connect(path, why) from why

    async def wait() -> _program.Ending:
        output.close()
        return _program.DISCONNECTED

    return _Transport(input, output, destroy=output.close, wait=wait)

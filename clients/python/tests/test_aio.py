import asyncio
import os
import signal
import time
import unittest
from contextlib import aclosing, contextmanager
from typing import Any, Iterator

from pipefit import AsyncClient, PipefitError
from support import JOB, PROGRAM, Bench, Observer, await_file, slow


class AsyncClientTest(unittest.IsolatedAsyncioTestCase):
    def setUp(self) -> None:
        self.bench = Bench(self)

    async def client(self, *args: str) -> AsyncClient:
        client = await AsyncClient.start(args)
        self.addAsyncCleanup(client.close, cancel=True)
        return client

    async def warm_client(self, fault: dict[str, Any]) -> AsyncClient:
        """Starts a client that has its token, so that a call is sent at once."""
        client = await self.client(*self.bench.sandbox(fault))
        await client.action("listCustomers", {"pageSize": 1})
        return client

    @contextmanager
    def fails_with(self, code: str, **members: Any) -> Iterator[None]:
        with self.assertRaises(PipefitError) as caught:
            yield
        error = caught.exception
        self.assertEqual(error.code, code, error)
        for name, value in members.items():
            self.assertEqual(getattr(error, name), value, error)

    async def test_units_of_every_kind_are_run_and_described(self) -> None:
        client = await self.client("--sandbox")
        self.assertEqual((await client.action("getJob", {"jobId": 10978752986}))["data"]["id"], 10978752986)
        created = await client.action("createJob", JOB, verify=True)
        self.assertEqual(created["unapplied"], [])
        self.assertEqual(len((await client.data_source("selectJob", {"limit": 3}))["result"]), 3)
        first = await client.trigger("pollChangesTrigger", {"resourceType": "jobs"})
        second = await client.trigger("pollChangesTrigger", {"resourceType": "jobs"}, first["state"])
        self.assertEqual(second["data"]["created"], [])
        self.assertEqual([one["key"] for one in (await client.list())["components"]], ["servicetitan"])
        self.assertEqual((await client.describe("getJob"))["effect"], "read")
        self.assertEqual((await client.schema("getJob"))["inputs"]["properties"]["jobId"]["type"], "string")
        with self.fails_with("invalid_input", retryable=False):
            await client.action("getJob", {"jobId": "soon"})

    async def test_connections_are_named_and_tested(self) -> None:
        client = await self.client(*self.bench.sandbox())
        self.assertEqual(await client.connections(), ["main"])
        self.assertTrue((await client.test_connection("main"))["ok"])

    async def test_a_slow_reader_bounds_the_batches_on_their_way(self) -> None:
        observer = Observer(self.bench, self.bench.serve(*self.bench.sandbox(records=2000)))
        async with await AsyncClient.connect(observer.path) as client:
            records = client.records(
                {"action": "listJobs", "inputs": {"fetchAll": True}}, batch_size=20, credit=3
            )
            read = 0
            async for record in records:
                read += 1 if record["id"] else 0
                if read % 20 == 0:
                    await asyncio.sleep(0.005)
                    self.assertLessEqual(observer.batches(), read / 20 + 3)
        self.assertGreater(read, 300)
        self.assertGreaterEqual(observer.batches(), read / 20)
        self.assertIs(records.has_more, False)

    async def test_leaving_a_loop_cancels_its_call(self) -> None:
        observer = Observer(self.bench, self.bench.serve(*self.bench.sandbox(records=2000)))
        async with await AsyncClient.connect(observer.path) as client:
            records = client.records(
                {"action": "listJobs", "inputs": {"fetchAll": True}}, batch_size=10, credit=2
            )
            async with aclosing(records.__aiter__()) as jobs:
                async for job in jobs:
                    self.assertTrue(job["id"])
                    break
            self.assertEqual(observer.to_client[-1]["error"]["code"], -32800)
            async for job in records:
                break
            # Without `aclosing`, the event loop closes what the loop has left.
            while observer.cancellations() < 2:
                await asyncio.sleep(0.01)
            self.assertLessEqual(observer.batches(), 6)

    async def test_a_read_is_cancelled_at_once(self) -> None:
        client = await self.client(*self.bench.sandbox(slow("GET", 60)))
        begun = time.monotonic()
        call = client.submit({"action": "getJob", "inputs": {"jobId": 10978752986}})
        await asyncio.sleep(0.2)
        call.cancel()
        with self.fails_with("cancelled"):
            await call
        self.assertLess(time.monotonic() - begun, 5)

    async def test_a_task_that_is_cancelled_cancels_its_call(self) -> None:
        observer = Observer(self.bench, self.bench.serve(*self.bench.sandbox(slow("GET", 60))))
        async with await AsyncClient.connect(observer.path) as client:
            with self.assertRaises(asyncio.TimeoutError):
                await asyncio.wait_for(client.action("getJob", {"jobId": 10978752986}), 0.3)
        self.assertEqual(observer.cancellations(), 1)

    async def test_a_call_ends_at_its_time_limit(self) -> None:
        client = await self.client(*self.bench.sandbox(slow("GET", 60)))
        with self.fails_with("timeout"):
            await client.action("getJob", {"jobId": 1}, timeout=0.3)

    async def test_a_write_that_was_done_returns_its_reply_after_it_is_cancelled(self) -> None:
        client = await self.warm_client(slow("POST", 2))
        call = client.submit({"action": "createJob", "inputs": JOB})
        await asyncio.sleep(1)
        call.cancel()
        self.assertEqual((await call)["data"]["summary"], JOB["summary"])

    async def test_a_write_whose_response_does_not_come_in_its_grace_has_an_unknown_outcome(self) -> None:
        client = await self.warm_client(slow("POST", 60))
        call = client.submit({"action": "createJob", "inputs": JOB})
        await asyncio.sleep(1)
        call.cancel(grace=0.2)
        with self.fails_with("outcome_unknown", retryable=False):
            await call

    async def test_the_death_of_the_server_ends_all_calls(self) -> None:
        pid = self.bench.path()
        command = self.bench.file(f'#!/bin/sh\necho $$ > {pid}\nexec "{PROGRAM}" "$@"\n', 0o700)
        args = self.bench.sandbox(slow("GET", 60), slow("POST", 60))
        client = await AsyncClient.start(args, command=command)
        self.addAsyncCleanup(client.close)
        read = client.submit({"action": "getJob", "inputs": {"jobId": 10978752986}})
        write = client.submit({"action": "createJob", "inputs": JOB})
        asyncio.get_running_loop().call_later(0.3, os.kill, int(await_file(pid)), signal.SIGKILL)
        with self.fails_with("unavailable", retryable=True):
            [job async for job in client.records({"action": "listJobs", "inputs": {}})]
        with self.fails_with("unavailable", retryable=True):
            await read
        with self.fails_with("outcome_unknown", retryable=False):
            await write
        with self.fails_with("unavailable"):
            await client.action("createJob", JOB)

    async def test_a_program_that_is_missing_or_cannot_serve_is_named(self) -> None:
        with self.assertRaisesRegex(PipefitError, "cannot start `/nowhere/pipefit`: there is no such program; install"):
            await AsyncClient.start(command="/nowhere/pipefit")
        with self.assertRaisesRegex(PipefitError, "cannot connect to .*: No such file"):
            await AsyncClient.connect(f"{self.bench.folder}/nobody")

    async def test_a_program_that_refuses_to_start_says_what_to_change(self) -> None:
        with self.fails_with("invalid_request", retryable=False):
            await AsyncClient.start(["--sandbxo"])
        cause = f"cannot read the connections in {self.bench.folder}/none.json: No such file"
        with self.assertRaisesRegex(PipefitError, f"^invalid_connection: .* ended with status 3: {cause}") as failed:
            await AsyncClient.start(["--connections", f"{self.bench.folder}/none.json"])
        self.assertFalse(failed.exception.retryable)

    async def test_two_hundred_calls_run_at_once(self) -> None:
        client = await self.client("--sandbox", "--rate", "0")
        replies = await asyncio.gather(*(client.action("getJob", {"jobId": 10978752986}) for _ in range(200)))
        self.assertEqual({reply["data"]["id"] for reply in replies}, {10978752986})

    async def test_closing_waits_for_the_calls_in_flight(self) -> None:
        client = await AsyncClient.start(self.bench.sandbox(slow("POST", 1)))
        write = client.submit({"action": "createJob", "inputs": JOB})

        async def read_slowly() -> int:
            records = client.records(
                {"action": "listCustomers", "inputs": {"fetchAll": True}}, batch_size=5, credit=1
            )
            return len([customer async for customer in records])

        reading = asyncio.create_task(read_slowly())
        await asyncio.sleep(0)
        await client.close()
        self.assertEqual((await write)["data"]["summary"], JOB["summary"])
        self.assertGreater(await reading, 50)
        with self.fails_with("unavailable", message="the client is closed; nothing was sent"):
            await client.connections()

    async def test_an_exception_in_the_with_statement_cancels_the_calls_in_flight(self) -> None:
        args = self.bench.sandbox(slow("GET", 60))
        with self.assertRaises(ZeroDivisionError):
            async with await AsyncClient.start(args) as client:
                call = client.submit({"action": "getJob", "inputs": {"jobId": 1}})
                raise ZeroDivisionError
        with self.fails_with("cancelled"):
            await call


if __name__ == "__main__":
    unittest.main()

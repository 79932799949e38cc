import os
import pickle
import signal
import threading
import time
import unittest
import unittest.mock
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, Iterator

from pipefit import Client, PipefitError
from pipefit._program import command_line
from support import JOB, PROGRAM, Bench, Observer, await_file, slow


class ClientTest(unittest.TestCase):
    def setUp(self) -> None:
        self.bench = Bench(self)

    def client(self, *args: str) -> Client:
        client = Client.start(args)
        self.addCleanup(client.close, cancel=True)
        return client

    def warm_client(self, fault: dict[str, Any]) -> Client:
        """Starts a client that has its token, so that a call is sent at once."""
        client = self.client(*self.bench.sandbox(fault))
        client.action("listCustomers", {"pageSize": 1})
        return client

    @contextmanager
    def fails_with(self, code: str, **members: Any) -> Iterator[None]:
        with self.assertRaises(PipefitError) as caught:
            yield
        error = caught.exception
        self.assertEqual(error.code, code, error)
        for name, value in members.items():
            self.assertEqual(getattr(error, name), value, error)

    def test_an_empty_variable_names_no_program(self) -> None:
        for value, program in [("", "pipefit"), ("/opt/pipefit", "/opt/pipefit")]:
            with unittest.mock.patch.dict(os.environ, {"PIPEFIT": value}):
                self.assertEqual(command_line(None, []), [program, "serve", "--stdio"])

    def test_units_of_every_kind_are_run_and_described(self) -> None:
        client = self.client("--sandbox")
        self.assertEqual(client.action("getJob", {"jobId": 10978752986})["data"]["id"], 10978752986)
        created = client.action("createJob", JOB, verify=True)
        self.assertEqual(created["data"]["summary"], JOB["summary"])
        self.assertEqual(created["unapplied"], [])
        self.assertEqual(len(client.data_source("selectJob", {"limit": 3})["result"]), 3)
        first = client.trigger("pollChangesTrigger", {"resourceType": "jobs"})
        second = client.trigger("pollChangesTrigger", {"resourceType": "jobs"}, first["state"])
        self.assertEqual(second["data"]["created"], [])

        self.assertEqual([one["key"] for one in client.list()["components"]], ["servicetitan"])
        self.assertEqual(client.describe("getJob")["effect"], "read")
        self.assertEqual(client.describe("selectJob", kind="dataSource")["kind"], "dataSource")
        self.assertEqual(client.schema("getJob")["inputs"]["properties"]["jobId"]["type"], "string")

    def test_connections_are_named_and_tested(self) -> None:
        client = self.client(*self.bench.sandbox())
        self.assertEqual(client.connections(), ["main"])
        self.assertTrue(client.test_connection("main")["ok"])
        self.assertFalse(client.test_connection("other")["ok"])

    def test_errors_have_a_code_and_the_problems_of_the_inputs(self) -> None:
        client = self.client("--sandbox")
        with self.assertRaises(PipefitError) as caught:
            client.action("getJob", {"jobId": "soon"})
        error = caught.exception
        self.assertEqual((error.code, error.retryable), ("invalid_input", False))
        self.assertEqual([(one["input"], one["code"]) for one in error.issues], [("jobId", "invalid_value")])
        self.assertEqual(pickle.loads(pickle.dumps(error)).details, error.details)
        with self.fails_with("not_found", status=404):
            client.action("getJob", {"jobId": 5})
        with self.fails_with("unknown_action"):
            client.invoke({"action": "getJobs"})
        with self.fails_with("invalid_request"):
            client.invoke({"inputs": {}})

    def test_a_wait_that_the_service_names_is_handed_on(self) -> None:
        client = self.client(*self.bench.sandbox({"kind": "tooManyRequests", "retryAfter": "3600"}))
        with self.fails_with("rate_limited", retry_after_seconds=3600):
            client.action("getJob", {"jobId": 1})

    def test_digits_go_out_and_come_back(self) -> None:
        client = self.client("--sandbox")
        inputs = {**JOB, "customerId": 2**63 - 1}
        reply = client.invoke({"action": "createJob", "inputs": inputs, "dryRun": True})
        self.assertEqual(reply["data"]["body"]["customerId"], 2**63 - 1)
        amount = Decimal("0.12345678901234567890")
        raw: Any = {"urlType": "jpm", "url": "/jobs", "method": "POST", "data": {"amount": amount}}
        reply = client.invoke({"action": "rawRequest", "inputs": raw, "dryRun": True})
        self.assertEqual(reply["data"]["body"]["amount"], amount)

    def test_a_slow_reader_bounds_the_batches_on_their_way(self) -> None:
        observer = Observer(self.bench, self.bench.serve(*self.bench.sandbox(records=2000)))
        with Client.connect(observer.path) as client:
            records = client.records(
                {"action": "listJobs", "inputs": {"fetchAll": True}}, batch_size=20, credit=3
            )
            ids = set()
            for read, record in enumerate(records, 1):
                ids.add(record["id"])
                if read % 20 == 0:
                    time.sleep(0.005)
                    self.assertLessEqual(observer.batches(), read / 20 + 3)
        self.assertEqual(len(ids), read)
        self.assertGreater(read, 300)
        self.assertGreaterEqual(observer.batches(), read / 20)
        self.assertIs(records.has_more, False)

    def test_leaving_a_loop_cancels_its_call(self) -> None:
        observer = Observer(self.bench, self.bench.serve(*self.bench.sandbox(records=2000)))
        with Client.connect(observer.path) as client:
            records = client.records(
                {"action": "listJobs", "inputs": {"fetchAll": True}}, batch_size=10, credit=2
            )
            for record in records:
                self.assertTrue(record["id"])
                break
            self.assertEqual(observer.cancellations(), 1)
            self.assertEqual(observer.to_client[-1]["error"]["code"], -32800)
            self.assertLessEqual(observer.batches(), 3)
            self.assertIsNone(records.has_more)
            self.assertEqual(client.action("getJob", {"jobId": 10978752986})["data"]["id"], 10978752986)

    def test_one_page_and_a_data_source_are_read_in_a_loop(self) -> None:
        client = self.client("--sandbox")
        page = client.records({"action": "listJobs", "inputs": {"pageSize": 3}})
        self.assertEqual(len([job["id"] for job in page]), 3)
        self.assertIs(page.has_more, True)
        [entry] = client.records({"dataSource": "selectJob", "inputs": {"limit": 1}})
        self.assertTrue(entry["label"])

    def test_what_goes_wrong_in_a_list_ends_its_loop(self) -> None:
        client = self.client("--sandbox")
        with self.fails_with("invalid_input"):
            list(client.records({"action": "listJobs", "inputs": {"pageSize": -1}}))
        with self.fails_with("invalid_request"):
            client.records({"action": "createJob", "inputs": JOB})  # type: ignore[call-overload]

    def test_arguments_that_cannot_be_sent_are_refused(self) -> None:
        client = self.client("--sandbox")
        with self.assertRaisesRegex(TypeError, "must be a mapping"):
            client.invoke("getJob")  # type: ignore[arg-type]
        for wrong in (0, -1, float("nan")):
            with self.assertRaisesRegex(ValueError, "`timeout`"):
                client.action("getJob", {"jobId": 10978752986}, timeout=wrong)
        for name in ("batch_size", "credit"):
            with self.assertRaisesRegex(ValueError, f"`{name}` is 0"):
                client.records({"action": "listJobs", "inputs": {}}, **{name: 0})

    def test_a_read_is_cancelled_at_once(self) -> None:
        client = self.client(*self.bench.sandbox(slow("GET", 60)))
        begun = time.monotonic()
        call = client.submit({"action": "getJob", "inputs": {"jobId": 10978752986}})
        time.sleep(0.2)
        self.assertFalse(call.done())
        call.cancel()
        with self.fails_with("cancelled"):
            call.result()
        self.assertLess(time.monotonic() - begun, 5)

    def test_ctrl_c_cancels_the_call_that_is_waited_for(self) -> None:
        # A program that was started in the background ignores it otherwise.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        self.addCleanup(signal.signal, signal.SIGINT, before)
        observer = Observer(self.bench, self.bench.serve(*self.bench.sandbox(slow("GET", 60))))
        with Client.connect(observer.path) as client:
            threading.Timer(0.5, os.kill, [os.getpid(), signal.SIGINT]).start()
            with self.assertRaises(KeyboardInterrupt):
                client.action("getJob", {"jobId": 10978752986})
        self.assertEqual(observer.cancellations(), 1)

    def test_a_call_ends_at_its_time_limit(self) -> None:
        client = self.client(*self.bench.sandbox(slow("GET", 60)))
        with self.fails_with("timeout"):
            client.action("getJob", {"jobId": 1}, timeout=0.3)

    def test_a_write_that_was_done_returns_its_reply_after_it_is_cancelled(self) -> None:
        client = self.warm_client(slow("POST", 2))
        call = client.submit({"action": "createJob", "inputs": JOB})
        time.sleep(1)
        call.cancel()
        self.assertEqual(call.result()["data"]["summary"], JOB["summary"])

    def test_a_write_whose_response_does_not_come_in_its_grace_has_an_unknown_outcome(self) -> None:
        client = self.warm_client(slow("POST", 60))
        call = client.submit({"action": "createJob", "inputs": JOB})
        time.sleep(1)
        call.cancel(grace=0.2)
        with self.fails_with("outcome_unknown", retryable=False):
            call.result()

    def test_the_death_of_the_server_ends_all_calls(self) -> None:
        pid = self.bench.path()
        command = self.bench.file(f'#!/bin/sh\necho $$ > {pid}\nexec "{PROGRAM}" "$@"\n', 0o700)
        client = Client.start(self.bench.sandbox(slow("GET", 60), slow("POST", 60)), command=command)
        self.addCleanup(client.close)
        read = client.submit({"action": "getJob", "inputs": {"jobId": 10978752986}})
        write = client.submit({"action": "createJob", "inputs": JOB})
        threading.Timer(0.3, os.kill, [int(await_file(pid)), signal.SIGKILL]).start()
        with self.fails_with("unavailable", retryable=True):
            list(client.records({"action": "listJobs", "inputs": {}}))
        with self.fails_with("unavailable", retryable=True):
            read.result()
        message = f"`{command}` was ended by SIGKILL; the write may or may not have happened"
        with self.fails_with("outcome_unknown", retryable=False, message=message):
            write.result()
        with self.fails_with("unavailable"):
            client.action("createJob", JOB)

    def test_a_program_that_is_missing_or_cannot_serve_is_named(self) -> None:
        with self.assertRaisesRegex(PipefitError, "cannot start `/nowhere/pipefit`: there is no such program; install"):
            Client.start(command="/nowhere/pipefit")
        with self.assertRaisesRegex(PipefitError, "cannot connect to .*: No such file"):
            Client.connect(f"{self.bench.folder}/nobody")
        babbler = self.bench.file("#!/bin/sh\necho hello\nexec cat > /dev/null\n", 0o700)
        with self.assertRaisesRegex(PipefitError, "a line that is not JSON"):
            Client.start(command=babbler)

    def test_a_program_that_refuses_to_start_says_what_to_change(self) -> None:
        message = "`{}` ended with status 2: there is no flag `--sandbxo`; did you mean `--sandbox`?".format(PROGRAM)
        with self.fails_with("invalid_request", retryable=False, message=message):
            Client.start(["--sandbxo"])
        cause = f"cannot read the connections in {self.bench.folder}/none.json: No such file"
        with self.assertRaisesRegex(PipefitError, f"^invalid_connection: .* ended with status 3: {cause}") as failed:
            Client.start(["--connections", f"{self.bench.folder}/none.json"])
        self.assertFalse(failed.exception.retryable)
        babbler = self.bench.file('#!/bin/sh\nhead -c 1500 /dev/zero | tr "\\0" x >&2\nexit 2\n', 0o700)
        with self.assertRaisesRegex(PipefitError, "ended with status 2: x{1000}$"):
            Client.start(command=babbler)

    def test_two_hundred_calls_run_at_once(self) -> None:
        client = self.client("--sandbox", "--rate", "0")
        calls = [client.submit({"action": "getJob", "inputs": {"jobId": 10978752986}}) for _ in range(200)]
        self.assertEqual({call.result()["data"]["id"] for call in calls}, {10978752986})
        with ThreadPoolExecutor(20) as threads:
            keys = threads.map(lambda key: client.describe(key)["key"], ["getJob", "createJob"] * 100)
            self.assertEqual(list(keys), ["getJob", "createJob"] * 100)

    def test_closing_waits_for_the_calls_in_flight(self) -> None:
        client = Client.start(self.bench.sandbox(slow("POST", 1)))
        write = client.submit({"action": "createJob", "inputs": JOB})
        records = iter(
            client.records({"action": "listCustomers", "inputs": {"fetchAll": True}}, batch_size=5, credit=1)
        )
        with ThreadPoolExecutor() as threads:
            next(records)
            rest = threads.submit(lambda: len(list(records)))
            client.close()
            self.assertGreater(rest.result(), 50)
        self.assertEqual(write.result()["data"]["summary"], JOB["summary"])
        with self.fails_with("unavailable", message="the client is closed; nothing was sent"):
            client.connections()
        client.close()

    def test_an_exception_in_the_with_statement_cancels_the_calls_in_flight(self) -> None:
        with self.assertRaises(ZeroDivisionError), Client.start(self.bench.sandbox(slow("GET", 60))) as client:
            call = client.submit({"action": "getJob", "inputs": {"jobId": 1}})
            raise ZeroDivisionError
        with self.fails_with("cancelled"):
            call.result()

    def test_clients_share_a_server_at_a_socket(self) -> None:
        path = self.bench.serve("--sandbox")
        with Client.connect(path) as other:
            with Client.connect(path) as one:
                job = one.action("createJob", JOB)["data"]
            self.assertEqual(other.action("getJob", {"jobId": job["id"]})["data"]["summary"], JOB["summary"])

    def test_a_message_that_is_too_long_is_refused_and_disturbs_no_other(self) -> None:
        client = self.client(*self.bench.sandbox(slow("GET", 0.5)), "--message-limit", "4000")
        read = client.submit({"action": "getJob", "inputs": {"jobId": 10978752986}})
        with self.fails_with("invalid_request", message="the message has more than 4000 bytes"):
            client.invoke({"action": "createJob", "inputs": {**JOB, "summary": "x" * 5000}})
        self.assertEqual(read.result()["data"]["id"], 10978752986)

    def test_what_the_server_cannot_read_fails_alone(self) -> None:
        client = self.client("--sandbox")
        deep: Any = []
        for _ in range(500):
            deep = [deep]
        for summary in ("\ud800", deep):
            with self.assertRaises(PipefitError) as caught:
                client.invoke({"action": "createJob", "inputs": {**JOB, "summary": summary}})
            self.assertIn(caught.exception.code, ("invalid_request", "invalid_input"))
        self.assertEqual(client.connections(), ["sandbox"])


if __name__ == "__main__":
    unittest.main()

"""What the protocol's page says is so: its exchanges as printed, and what becomes of a caller's mistakes."""

import json
import re
import signal
import subprocess
import unittest
from pathlib import Path
from typing import Any

from support import PROGRAM

PAGE = Path(__file__).parents[3] / "docs" / "json-rpc.md"


def serve(*args: str) -> subprocess.Popen[bytes]:
    command = [PROGRAM, "serve", "--stdio", "--sandbox", *args]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def responses(sent: bytes, *args: str) -> list[tuple[Any, Any]]:
    """Sends bytes and ends the input; returns the id and the code of each response, in their order."""
    with serve(*args) as server:
        out, _ = server.communicate(sent, timeout=60)
        assert server.returncode == 0
    messages = [json.loads(line) for line in out.splitlines()]
    return [(message["id"], message.get("error", {}).get("code")) for message in messages]


def call(id: Any, method: str, params: Any = None) -> bytes:
    message = {"jsonrpc": "2.0", "id": id, "method": method}
    return json.dumps(message if params is None else {**message, "params": params}).encode() + b"\n"


class Protocol(unittest.TestCase):
    def test_every_exchange_of_the_page_happens_as_printed(self) -> None:
        blocks = re.findall(r"```text\n(.*?)```", PAGE.read_text(), re.DOTALL)
        self.assertGreaterEqual(len(blocks), 6)
        for block in blocks:
            with self.subTest(block), serve() as server:
                assert server.stdin is not None and server.stdout is not None
                for line in block.splitlines():
                    direction, message = line[0], line[2:]
                    if direction == "→":
                        server.stdin.write(f"{message}\n".encode())
                        server.stdin.flush()
                    else:
                        self.assertEqual(direction, "←")
                        # An ellipsis stands for what was left out.
                        pattern = ".*".join(map(re.escape, message.split("…")))
                        self.assertRegex(server.stdout.readline().decode(), f"^{pattern}\n$")
                server.stdin.close()
                self.assertEqual(server.stdout.read(), b"")

    def test_a_mistake_of_the_caller_fails_alone(self) -> None:
        good = call("good", "connection.list")
        for sent, expected in [
            (b"hello\n", (None, -32700)),
            (b"\xff\n", (None, -32700)),
            (b"[" + good.strip() + b"]\n", (None, -32600)),
            (call({}, "connection.list"), (None, -32600)),
            (b'{"id":1,"method":"connection.list"}\n', (1, -32600)),
            (b'{"jsonrpc":"2.0","id":1}\n', (1, -32600)),
            (call(1, "connections"), (1, -32601)),
            (call(1, "$/cancelRequest", {"id": "good"}), (1, -32601)),
            (call(1, "describe", {"name": "getJob"}), (1, -32602)),
            (call(1, "invoke", {"action": "getJob", "progress": {"token": 1, "credit": 0}}), (1, -32602)),
            (call(1, "invoke", {"action": "getJob", "progress": {"token": 1, "batchSize": 10001}}), (1, -32602)),
            (call(1, "list", {"component": "x" * 5000}), (None, -32600)),
        ]:
            with self.subTest(sent[:80]):
                answers = responses(sent + good, "--message-limit", "2000")
                self.assertEqual(sorted(answers, key=str), sorted([expected, ("good", None)], key=str))

    def test_what_has_no_id_is_not_run_and_not_answered(self) -> None:
        create = b'{"jsonrpc":"2.0","method":"invoke","params":{"action":"createJob","inputs":{}}}\n'
        for sent in [
            create,
            call(None, "connection.list"),
            b'{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"call":1}}\n',
            b'{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":1}}\n',
            b'{"jsonrpc":"2.0","method":"$/credit","params":{"token":1,"batches":1}}\n',
            b"\n  \r\n",
        ]:
            with self.subTest(sent):
                self.assertEqual(responses(sent + call(1, "connection.list")), [(1, None)])

    def test_the_last_line_needs_no_end(self) -> None:
        line = call(1, "connection.list").strip()
        self.assertEqual(responses(line), [(1, None)])
        self.assertEqual(responses(line[:-9]), [(None, -32700)])

    def test_an_id_or_a_token_that_is_in_flight_is_refused(self) -> None:
        request = {"action": "listJobs", "inputs": {}, "progress": {"token": "a", "credit": 1, "batchSize": 1}}
        with serve() as server:
            assert server.stdin is not None and server.stdout is not None
            server.stdin.write(call(1, "invoke", request))
            server.stdin.flush()
            self.assertEqual(json.loads(server.stdout.readline())["method"], "$/progress")
            server.stdin.write(call(1, "connection.list") + call(2, "invoke", request))
            server.stdin.flush()
            answers = [json.loads(server.stdout.readline()) for _ in range(2)]
            self.assertEqual([(one["id"], one["error"]["code"]) for one in answers], [(None, -32600), (2, -32602)])
            # Without more input no credit can come, so that the rest is sent.
            server.stdin.close()
            rest = [json.loads(line) for line in server.stdout]
        self.assertGreater(len(rest), 20)
        self.assertEqual(rest[-1]["id"], 1)
        self.assertIn("result", rest[-1])

    def test_calls_beyond_the_limit_are_refused(self) -> None:
        request = {"action": "listJobs", "inputs": {}, "progress": {"token": "a", "credit": 1, "batchSize": 1}}
        with serve("--max-calls", "1") as server:
            assert server.stdin is not None and server.stdout is not None
            server.stdin.write(call(1, "invoke", request) + call(2, "connection.list"))
            server.stdin.flush()
            answers = [json.loads(server.stdout.readline()) for _ in range(2)]
            [refused] = [one for one in answers if "id" in one]
            self.assertEqual((refused["id"], refused["error"]["data"]["code"]), (2, "unavailable"))
            server.stdin.close()
            server.stdout.read()

    def test_a_list_that_waits_for_credit_ends_at_its_time_limit_or_at_a_signal(self) -> None:
        progress = {"token": "a", "credit": 1, "batchSize": 1}
        request = {"action": "listJobs", "inputs": {}, "progress": progress}
        with serve() as server:
            assert server.stdin is not None and server.stdout is not None
            server.stdin.write(call(1, "invoke", {**request, "timeoutSeconds": 1}))
            server.stdin.flush()
            server.stdout.readline()
            self.assertEqual(json.loads(server.stdout.readline())["error"]["data"]["code"], "timeout")
            server.stdin.write(call(2, "invoke", request))
            server.stdin.flush()
            server.stdout.readline()
            server.send_signal(signal.SIGTERM)
            self.assertEqual(json.loads(server.stdout.readline())["error"]["data"]["code"], "cancelled")
            self.assertEqual(server.wait(15), 0)

    def test_a_caller_that_is_gone_ends_the_server(self) -> None:
        request = {"action": "listJobs", "inputs": {}, "progress": {"token": "a", "credit": 1, "batchSize": 1}}
        with serve() as server:
            assert server.stdin is not None and server.stdout is not None
            server.stdin.write(call(1, "invoke", request))
            server.stdin.flush()
            server.stdout.readline()
            server.stdout.close()
            server.stdin.close()
            self.assertEqual(server.wait(15), 0)

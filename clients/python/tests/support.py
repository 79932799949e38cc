"""Sandboxes, servers, and a look at their messages."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import tempfile
import threading
import time
import unittest
from typing import Any

PROGRAM = os.environ.get("PIPEFIT") or "pipefit"
JOB: Any = {
    "customerId": "10978752986",
    "locationId": "10978752986",
    "businessUnitId": "10978752986",
    "jobTypeId": "10978752986",
    "campaignId": "10978752986",
    "priority": "Normal",
    "summary": "No cooling upstairs.",
    "appointments": [{"start": "2026-12-01T14:00:00Z", "end": "2026-12-01T16:00:00Z"}],
}


def slow(method: str, seconds: float) -> dict[str, Any]:
    """A fault: responses to requests with this method start so late."""
    return {"kind": "slowFirstByte", "delayMs": int(seconds * 1000), "method": method, "path": "/jpm/**"}


class Bench:
    """What a test needs; gone when the test is over."""

    def __init__(self, test: unittest.TestCase | unittest.IsolatedAsyncioTestCase) -> None:
        self._test = test
        folder = tempfile.TemporaryDirectory()
        test.addCleanup(folder.cleanup)
        self.folder = folder.name
        self._files = 0

    def path(self) -> str:
        self._files += 1
        return f"{self.folder}/{self._files}"

    def file(self, text: str, mode: int = 0o600) -> str:
        path = self.path()
        with open(path, "w") as file:
            file.write(text)
        os.chmod(path, mode)
        return path

    def _background(self, args: list[str], **pipes: int) -> subprocess.Popen[bytes]:
        process = subprocess.Popen([PROGRAM, *args], **pipes)  # type: ignore[call-overload]

        def end() -> None:
            process.kill()
            process.communicate()

        self._test.addCleanup(end)
        return process  # type: ignore[no-any-return]

    def sandbox(self, *faults: dict[str, Any], records: int = 200) -> list[str]:
        """Starts a sandbox with these faults, and returns the arguments for a server that uses it."""
        args = ["sandbox", "--faults", self.file(json.dumps(faults)), "--records", str(records)]
        process = self._background(args, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert process.stdout is not None
        facts = json.loads(process.stdout.readline())
        connections = self.file(json.dumps({"main": facts["connection"]}))
        return ["--connections", connections, "--api-url", facts["apiUrl"], "--token-url", facts["tokenUrl"]]

    def serve(self, *args: str) -> str:
        """Starts a server at a socket."""
        path = self.path()
        process = self._background(["serve", "--socket", path, *args], stderr=subprocess.PIPE)
        assert process.stderr is not None
        process.stderr.readline()
        return path


class Observer:
    """Stands between a client and the server at a socket, and notes the messages of both."""

    def __init__(self, bench: Bench, target: str) -> None:
        self.path = bench.path()
        self.to_server: list[Any] = []
        self.to_client: list[Any] = []
        self._listener = socket.socket(socket.AF_UNIX)
        bench._test.addCleanup(self._listener.close)
        self._listener.bind(self.path)
        self._listener.listen()
        threading.Thread(target=self._serve, args=[target], daemon=True).start()

    def _serve(self, target: str) -> None:
        client, _ = self._listener.accept()
        server = socket.socket(socket.AF_UNIX)
        server.connect(target)
        threads = [
            threading.Thread(target=_forward, args=[client, server, self.to_server]),
            threading.Thread(target=_forward, args=[server, client, self.to_client]),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        client.close()
        server.close()

    def batches(self) -> int:
        return sum(message.get("method") == "$/progress" for message in self.to_client)

    def cancellations(self) -> int:
        return sum(message.get("method") == "$/cancelRequest" for message in self.to_server)


def _forward(source: socket.socket, target: socket.socket, messages: list[Any]) -> None:
    with source.makefile("rb") as lines:
        for line in lines:
            messages.append(json.loads(line))
            target.sendall(line)
    target.shutdown(socket.SHUT_WR)


def await_file(path: str) -> str:
    """Waits until a file has a line."""
    for _ in range(500):
        if os.path.exists(path):
            with open(path) as file:
                text = file.read()
            if text.endswith("\n"):
                return text
        time.sleep(0.01)
    raise AssertionError(f"there is no {path}")

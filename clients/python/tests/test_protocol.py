"""The exchanges of the protocol's page happen as printed."""

import re
import subprocess
import unittest
from pathlib import Path

from support import PROGRAM

PAGE = Path(__file__).parents[3] / "docs" / "json-rpc.md"


class Protocol(unittest.TestCase):
    def test_every_exchange_of_the_page_happens_as_printed(self) -> None:
        blocks = re.findall(r"```text\n(.*?)```", PAGE.read_text(), re.DOTALL)
        self.assertGreaterEqual(len(blocks), 6)
        for block in blocks:
            with self.subTest(block), subprocess.Popen(
                [PROGRAM, "serve", "--stdio", "--sandbox"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
            ) as server:
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

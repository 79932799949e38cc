import unittest
from decimal import Decimal
from typing import Any

from pipefit._json import dumps, loads


class Json(unittest.TestCase):
    def test_all_digits_are_kept(self) -> None:
        for text in [
            "9007199254740993",
            "-9223372036854775808",
            '{"a": [0.12345678901234567890, {"b": 12345678901234567890.10}], "c": "0.1"}',
        ]:
            self.assertEqual(dumps(loads(text.encode())).replace(" ", ""), text.replace(" ", ""))

    def test_what_is_no_json_is_refused(self) -> None:
        for value in (Decimal("NaN"), float("inf"), [Decimal(1), float("nan")]):
            self.assertRaises(ValueError, dumps, value)
        wrong: list[Any] = [object(), [Decimal(1), {1}]]
        for value in wrong:
            self.assertRaises(TypeError, dumps, value)

"""JSON that keeps all digits: decimals are `Decimal`."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any


class _HasDecimal(Exception):
    pass


def loads(text: bytes) -> Any:
    return json.loads(text, parse_float=Decimal)


def dumps(value: Any) -> str:
    try:
        # The fast way, which cannot write a `Decimal` as a number.
        return json.dumps(value, default=_refuse, allow_nan=False)
    except _HasDecimal:
        return _written(value)


def _refuse(value: Any) -> Any:
    if isinstance(value, Decimal):
        raise _HasDecimal
    raise TypeError(f"a request cannot have a value of type {type(value).__name__}")


def _written(value: Any) -> str:
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError(f"a request cannot have the number {value}")
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(str(key))}:{_written(one)}" for key, one in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(_written, value)) + "]"
    return json.dumps(value, default=_refuse, allow_nan=False)

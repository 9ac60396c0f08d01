"""Rows as text, as Spark's cast to string writes them; used in the driver and in Python workers."""

from __future__ import annotations

import datetime
import decimal
import math


def number_text(value: float) -> str:
    """Java's Double.toString, for the numbers that tests use."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    magnitude = abs(value)
    if value == 0 or 1e-3 <= magnitude < 1e7:
        return repr(float(value))
    digits, _, exponent = f"{decimal.Decimal(repr(value)):E}".partition("E")
    if "." not in digits:
        digits += ".0"
    return f"{digits}E{int(exponent)}"


def value_text(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, datetime.datetime):
        text = value.strftime("%Y-%m-%d %H:%M:%S")
        return f"{text}.{value.microsecond:06}".rstrip("0") if value.microsecond else text
    if isinstance(value, (bytes, bytearray)):
        return value.decode("utf-8", "replace")
    if isinstance(value, tuple):  # a Row is one, too
        return "{" + ", ".join(value_text(part) for part in value) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(value_text(part) for part in value) + "]"
    if isinstance(value, dict):
        parts = (f"{value_text(key)} -> {value_text(part)}" for key, part in value.items())
        return "{" + ", ".join(parts) + "}"
    return str(value)


def row_text(row: tuple[object, ...]) -> str:
    return " | ".join(value_text(value) for value in row)

"""Does a screen say what the story expects? (tests/scenarios/README.md, "How things are compared")"""

from __future__ import annotations

from typing import Any, Iterator


def differences(expected: Any, actual: Any, place: str = "") -> Iterator[str]:
    if expected is None and is_nothing(actual):
        return
    if isinstance(expected, dict) and isinstance(actual, dict):
        if "say" in expected:
            if expected != actual:
                yield f"{place}: expected {expected}, there is {actual}"
            return
        for name, wanted in expected.items():
            if name not in actual:
                yield f"{place}: no field is called {name!r} here"
            yield from differences(wanted, actual.get(name), f"{place}.{name}")
    elif isinstance(expected, list) and isinstance(actual, list):
        if len(expected) != len(actual):
            yield f"{place}: {len(expected)} expected, {len(actual)} there: {actual}"
            return
        for index, (wanted, found) in enumerate(zip(expected, actual)):
            yield from differences(wanted, found, f"{place}[{index}]")
    elif isinstance(expected, str) and isinstance(actual, dict) and expected == actual.get("say", actual.get("is")):
        return
    elif type(expected) is not type(actual) or expected != actual:
        yield f"{place}: expected {expected!r}, there is {actual!r}"


def is_nothing(value: Any) -> bool:
    return value is None or value is False or isinstance(value, (str, list, dict)) and not value


def edge(field: str, rows: list[Any], wanted: list[Any]) -> list[Any]:
    """As many rows of one end as are wanted: ``first_rows``, ``last_rows``."""
    return rows[: len(wanted)] if field == "first_rows" else rows[max(0, len(rows) - len(wanted)) :]


def phrases_met(expected: Any, actual: Any) -> Iterator[dict[str, Any]]:
    """The phrases that an expectation names and the screen shows."""
    if isinstance(actual, dict) and "say" in actual:
        if isinstance(expected, str) or isinstance(expected, dict) and "say" in expected:
            yield actual
    elif isinstance(expected, dict) and isinstance(actual, dict):
        for name, wanted in expected.items():
            yield from phrases_met(wanted, actual.get(name))
    elif isinstance(expected, list) and isinstance(actual, list):
        for wanted, found in zip(expected, actual):
            yield from phrases_met(wanted, found)

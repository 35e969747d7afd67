"""How a story writes instants, spans and amounts."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta, timezone

UNITS = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}


class Calendar:
    """The account's days, from the story's first one on."""

    def __init__(self, first_day: str, utc_offset_minutes: int) -> None:
        self.first_day = date.fromisoformat(first_day)
        self.utc_offset_minutes = utc_offset_minutes
        self.zone = timezone(timedelta(minutes=utc_offset_minutes))

    def start(self) -> datetime:
        return datetime.combine(self.first_day, time(), self.zone)

    def read(self, at: str, now: datetime) -> datetime:
        """Where ``at`` puts a clock that shows ``now``."""
        if at.startswith("+"):
            return now + timedelta(milliseconds=read_span(at[1:]))
        day = now.astimezone(self.zone).date()
        if at.startswith("day "):
            number, at = at[4:].split(" ")
            day = self.first_day + timedelta(days=int(number) - 1)
        moved = datetime.combine(day, time.fromisoformat(at), self.zone)
        assert moved >= now, f"the clock never goes back, {at!r} would"
        return moved

    def day(self, at: datetime) -> int:
        return (at.astimezone(self.zone).date() - self.first_day).days + 1

    def month(self, at: datetime) -> tuple[int, int]:
        local = at.astimezone(self.zone)
        return local.year, local.month

    def write(self, at: datetime) -> str:
        local = at.astimezone(self.zone)
        ms = local.microsecond // 1000
        text = local.strftime("%H:%M:%S") + f".{ms:03}" if ms else local.strftime("%H:%M:%S" if local.second else "%H:%M")
        day = self.day(at)
        return text if day == 1 else f"day {day} {text}"


def read_span(text: str) -> int:
    """`1d2h3m4s5ms` in milliseconds."""
    parts = re.findall(r"(\d+)(ms|[dhms])", text)
    assert parts and "".join(number + unit for number, unit in parts) == text, f"{text!r} is no span of time"
    return sum(int(number) * UNITS[unit] for number, unit in parts)


def write_span(ms: int) -> str:
    text = ""
    for unit in ("h", "m", "s", "ms"):
        if ms >= UNITS[unit]:
            text += f"{ms // UNITS[unit]}{unit}"
            ms %= UNITS[unit]
    return text or "0s"


def write_money(micros: int, currency: str) -> str:
    whole, rest = divmod(abs(micros), 1_000_000)
    decimals = f"{rest:06}".rstrip("0").ljust(2, "0")
    return f"{'-' if micros < 0 else ''}{whole}.{decimals} {currency}"

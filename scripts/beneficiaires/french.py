"""Dates, sizes and lists as French readers write them, whatever the machine's locale."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

_MONTHS = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
]


def day(iso: str | date) -> str:
    """« 2023-09-01 » -> « 1er septembre 2023 »."""
    read = date.fromisoformat(str(iso))
    return f"{'1er' if read.day == 1 else read.day} {_MONTHS[read.month - 1]} {read.year}"


def size(count: int) -> str:
    """9054 bytes -> « 9,1 ko »."""
    if count < 1000:
        return f"{count} octets"
    number, unit = (count / 1000, "ko") if count < 1_000_000 else (count / 1_000_000, "Mo")
    return f"{number:.1f} {unit}".replace(".", ",")


def listed(words: Sequence[str]) -> str:
    """« a, b et c »."""
    return " et ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]

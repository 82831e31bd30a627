"""Numbers, dates and spans of time as the window says them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QDate, QLocale

if TYPE_CHECKING:
    from datetime import date, datetime, timedelta

_LOCALE = QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom)
_MINUTE, _HOUR = 60, 3600
_THOUSAND = 1000
_LONG_WORD = 16
_LONG_PART = re.compile(r"[^-_./\\]{0,15}[-_./\\]|.{16}")
_WORDS = ("Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")


def say(text: str) -> str:
    """Translate one sentence of this module."""
    return QCoreApplication.translate("wording", text)


def number(value: int) -> str:
    """Write a whole number with its separators."""
    return _LOCALE.toString(value) if value >= 10 * _THOUSAND else str(value)


def counted(value: int, one: str, many: str) -> str:
    """Say *one* for one, *many* with its number for any other count."""
    return one if value == 1 else many.format(n=number(value))


def counted_in_words(value: int, one: str, many: str) -> str:
    """Say *one* for one, and small numbers at the head of a sentence as words."""
    if 1 < value <= len(_WORDS) + 1:
        return many.format(n=say(_WORDS[value - 2]))
    return counted(value, one, many)


def records(value: int) -> str:
    """Say how many records."""
    return counted(value, say("1 record"), say("{n} records"))


def so_many_of(done: int, total: int, unit: str) -> str:
    """Say how far a job has come."""
    return (
        say("{done} of {total} {unit}")
        .format(done=number(done), total=number(total), unit=unit)
        .strip()
    )


def part(number: int, total: int) -> str:
    """Say which part of a job is under way."""
    return say("Part {number} of {total}").format(number=number, total=total)


def time_left(seconds: float) -> str:
    """Say roughly how long it still takes."""
    if seconds < 1:
        return say("Nearly done.")
    if seconds < _MINUTE:
        return counted(
            round(seconds), say("About 1 second left."), say("About {n} seconds left.")
        )
    minutes = round(seconds / _MINUTE)
    return counted(minutes, say("About a minute left."), say("About {n} minutes left."))


def lasted(seconds: float) -> str:
    """Say how long something took, inside a sentence."""
    whole = round(seconds)
    if whole < 1:
        return say("less than a second")
    if whole == 1:
        return say("one second")
    return say("{n} seconds").format(n=number(whole))


def day(value: date) -> str:
    """Write a date in full with its weekday."""
    return _LOCALE.toString(_date(value), "dddd d MMMM yyyy")


def breakable(text: str) -> str:
    """Let a long word, such as the name of a file, go on in the next line.

    >>> breakable("maya-portal-download.json").split("\u200b")
    ['maya-', 'portal-', 'download.', 'json']
    """
    return " ".join(
        _LONG_PART.sub(lambda part: part[0] + "\u200b", word).removesuffix("\u200b")
        if len(word) > _LONG_WORD
        else word
        for word in text.split(" ")
    )


def near_day(value: date) -> str:
    """Write a date close to today: the year goes without saying."""
    return _LOCALE.toString(_date(value), "dddd d MMMM")


def plain_day(value: date) -> str:
    """Write a date in full."""
    return _LOCALE.toString(_date(value), "d MMMM yyyy")


def short_day(value: date) -> str:
    """Write day and month, as in a list under its month."""
    return _LOCALE.toString(_date(value), "d MMM")


def month(year: int, number_: int) -> str:
    """Write a month as the heading of a list."""
    return f"{_LOCALE.standaloneMonthName(number_)} {year}"


def clock(value: datetime) -> str:
    """Write the time of day on this computer."""
    return f"{value.astimezone():%H:%M}"


def when(value: datetime, now: datetime) -> str:
    """Say when something happened, near days by name."""
    local, today = value.astimezone(), now.astimezone().date()
    days = (today - local.date()).days
    if days == 0:
        return say("Today, {time}").format(time=clock(value))
    if days == 1:
        return say("Yesterday, {time}").format(time=clock(value))
    if local.year == today.year:
        return f"{short_day(local)}, {clock(value)}"
    return plain_day(local)


def as_of(value: datetime, now: datetime) -> str:
    """Say when something held, inside a sentence."""
    said = when(value, now)
    return said[:1].lower() + said[1:] if said[:1] in "TY" else said


def days_left(ends: datetime, now: datetime) -> str:
    """Say how long a permission still lasts."""
    left = ends - now
    if left.total_seconds() <= 0:
        return say("ended {date}").format(date=short_day(ends.astimezone()))
    if left.days < 1:
        hours = max(1, round(left.total_seconds() / _HOUR))
        return counted(hours, say("1 hour left"), say("{n} hours left"))
    return counted(left.days, say("1 day left"), say("{n} days left"))


def span(value: timedelta) -> str:
    """Say a length in days the way people do."""
    year = 365
    if value.days == year:
        return say("1 year")
    return counted(value.days, say("one day"), say("{n} days"))


def greeting(now: datetime) -> str:
    """Greet by the time of day on this computer."""
    noon, evening, night = 12, 18, 5
    hour = now.astimezone().hour
    if night <= hour < noon:
        return say("Good morning")
    if noon <= hour < evening:
        return say("Good afternoon")
    return say("Good evening")


def size(value: int) -> str:
    """Say a file size."""
    units = ("bytes", "kB", "MB", "GB", "TB")
    amount, place = float(value), 0
    while amount >= _THOUSAND and place < len(units) - 1:
        amount /= _THOUSAND
        place += 1
    ten = 10
    digits = f"{amount:.0f}" if place == 0 or amount >= ten else f"{amount:.1f}"
    return f"{digits} {units[place]}"


def _date(value: date) -> QDate:
    return QDate(value.year, value.month, value.day)

"""The answers of a step's form: read from what somebody typed or a program sent, and checked field by field."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime

from crm.expressions import LARGEST, Result
from crm.process_elements import Answer
from hub.said import said

LONGEST = 2_000  # letters
YES, NO = frozenset({"true", "yes", "on", "1", "ja"}), frozenset({"false", "no", "off", "0", "nej"})
_NUMBER = re.compile(r"[+-]?\d{1,15}([.,]\d{1,6})?")


class Unanswered(Exception):
    """The form is not filled in as it must be; `faults` say what is wrong, by the names of its fields."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        """Carry them."""
        super().__init__(" ".join(str(each) for each in faults.values()))
        self.faults = faults


def read_answers(form: tuple[Answer, ...], given: Mapping[str, object]) -> dict[str, Result]:
    """Give the values of a form's fields, None where nothing was said; what nobody asked for is left out."""
    values: dict[str, Result] = {}
    faults: dict[str, str] = {}
    for field in form:
        try:
            values[field.name] = _answer(field, given)
        except ValueError as error:
            faults[field.name] = error.args[0]
    if faults:
        raise Unanswered(faults)
    return values


def to_document(value: Result) -> object:
    """Give a value as JSON can hold it, a day as one."""
    return {"day": value.isoformat()} if isinstance(value, date) else value


def from_document(kept: object) -> Result:
    """Read it back."""
    if isinstance(kept, dict):
        return date.fromisoformat(str(kept["day"])) if "day" in kept else None
    return kept if isinstance(kept, str | int | float | bool) else None


def _answer(field: Answer, given: Mapping[str, object]) -> Result:
    text = _typed(given, field.name)
    if not text:
        other, choice = field.depends
        if field.required and (not field.when or _typed(given, other) == choice):
            raise ValueError(said("“%(label)s” is needed.", label=field.label))
        return None
    if len(text) > LONGEST:
        raise ValueError(said("“%(label)s” is too long.", label=field.label))
    return _KINDS[field.kind](field, text)


def _typed(given: Mapping[str, object], name: str) -> str:
    return str(value).strip() if (value := given.get(name)) is not None else ""


def _text(field: Answer, text: str) -> str:
    _bounded(field, len(text), said("“%(label)s” is too short or too long.", label=field.label))
    return "".join(each for each in text if each.isprintable() or each == "\n")


def _number(field: Answer, text: str) -> float:
    bare = text.replace(" ", "").replace("\u00a0", "")
    if not _NUMBER.fullmatch(bare):
        raise ValueError(said("“%(label)s” must be a number.", label=field.label))
    number = float(bare.replace(",", "."))
    if not -LARGEST < number < LARGEST:
        raise ValueError(said("“%(label)s” must be a number.", label=field.label))
    told = said("“%(label)s” must lie between %(least)s and %(most)s.", label=field.label, **_ends(field))
    _bounded(field, number, told)
    return int(number) if number == int(number) else number


def _whole(field: Answer, text: str) -> float:
    number = _number(field, text)
    if number != int(number):
        raise ValueError(said("“%(label)s” must be a whole number.", label=field.label))
    return int(number)


def _yes(field: Answer, text: str) -> bool:
    if text.lower() not in YES | NO:
        raise ValueError(said("“%(label)s” must be yes or no.", label=field.label))
    return text.lower() in YES


def _day(field: Answer, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(said("“%(label)s” must be a day, such as 2026-12-24.", label=field.label)) from None


def _moment(field: Answer, text: str) -> str:
    """Read a moment; without a zone it is one of the company's, and it is kept as it was said."""
    try:
        return datetime.fromisoformat(text).isoformat(timespec="minutes")
    except ValueError:
        raise ValueError(
            said("“%(label)s” must be a day and an hour, such as 2026-12-24 10:00.", label=field.label)
        ) from None


def _choice(field: Answer, text: str) -> str:
    if text not in field.choices:
        choices = ", ".join(field.choices)
        raise ValueError(said("“%(label)s” must be one of: %(choices)s.", label=field.label, choices=choices))
    return text


def _bounded(field: Answer, number: float, words: str) -> None:
    least, most = _or(field.least, -math.inf), _or(field.most, math.inf)
    if not least <= number <= most:
        raise ValueError(words)


def _ends(field: Answer) -> Mapping[str, str]:
    return {
        name: "…" if end is None else f"{end:g}"
        for name, end in (("least", field.least), ("most", field.most))
    }


def _or(number: float | None, other: float) -> float:
    return other if number is None else number


_KINDS: Mapping[str, Callable[[Answer, str], Result]] = {
    "text": _text, "number": _number, "whole": _whole, "yes": _yes, "day": _day, "moment": _moment,
    "choice": _choice,
}  # fmt: skip

"""Custom fields: what this company wants to know of a contact, each with its type.

A value is kept typed: a number as a number, money with its currency, a date as a date. What cannot be read as
its type is kept as text, never thrown away.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Literal, get_args

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

from hub.db import Base, Document
from hub.events import Field

Kind = Literal["text", "number", "money", "date", "choice", "yesno", "link"]
KINDS: tuple[Kind, ...] = get_args(Kind)
YES = frozenset({"yes", "ja", "true", "on", "1", "y", "да"})
NO = frozenset({"no", "nej", "nein", "false", "off", "0", "n", "нет"})
KEPT = 100  # fields that stand on a card; a request's others stay with the request

_DIGITS = re.compile(r"[-+]?[\d\s.,'\u00a0\u202f]*\d")


class CustomField(Base):
    """One field of every contact. `aliases` are labels under which forms send it."""

    __tablename__ = "custom_fields"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    label: Mapped[str]
    kind: Mapped[str]
    choices: Mapped[list[str]] = mapped_column(Document)
    unit: Mapped[str] = mapped_column(default="")
    aliases: Mapped[list[str]] = mapped_column(Document)
    position: Mapped[int]


class Value(msgspec.Struct, frozen=True):
    """A typed value as it is kept: `value` is text, a number, true or false; a date as 2026-11-23, money as 12.50."""

    kind: str
    value: str | int | float | bool
    unit: str = ""


def definitions(session: Session) -> Sequence[CustomField]:
    """Give the company's fields in their order."""
    return session.scalars(select(CustomField).order_by(CustomField.position, CustomField.id)).all()


def read(field: CustomField, text: str) -> Value:
    """Read what somebody typed as this field's type, or raise ValueError with words for him."""
    text = text.strip()
    if field.kind == "number":
        return Value("number", _number(text))
    if field.kind == "money":
        return Value("money", f"{Decimal(str(_number(text))):.2f}", field.unit)
    if field.kind == "date":
        return Value("date", _date(text))
    if field.kind == "yesno":
        return Value("yesno", _yes(text))
    if field.kind == "choice":
        return Value("choice", _choice(text, field.choices))
    if field.kind == "link":
        return Value("link", _link(text))
    return Value("text", text)


def fold(label: str) -> str:
    """Compare labels by their letters and digits alone."""
    return "".join(character for character in label.casefold() if character.isalnum())


def keep(
    by_label: Mapping[str, CustomField], known: dict[str, object], answers: Iterable[Field],
    recognised: frozenset[str],
) -> tuple[dict[str, object], list[str]]:  # fmt: skip
    """Add a form's answers to a contact's fields, typed where they are ours; give them and what was odd.

    `by_label` are the company's fields by folded label, `recognised` the values that stand elsewhere on the card already (name, phone, message …).
    """
    fields, remarks = dict(known), []
    for answer in answers:
        if not answer.value.strip() or answer.value.strip() in recognised:
            continue
        ours = by_label.get(fold(answer.label))
        name = ours.name if ours else answer.label
        if name not in fields and len(fields) >= KEPT:
            continue
        try:
            value = read(ours, answer.value) if ours else Value("text", answer.value)
        except ValueError as error:
            value = Value("text", answer.value)
            remarks.append(f"{answer.label}: {error}; kept as text")
        fields[name] = msgspec.to_builtins(value)
    return fields, remarks


def plain(fields: dict[str, object]) -> dict[str, str | int | float | bool]:
    """Give a contact's fields without their types."""
    return {name: msgspec.convert(value, Value).value for name, value in fields.items()}


def _number(text: str) -> int | float:
    found = _DIGITS.search(text)
    digits = re.sub(r"[\s'\u00a0\u202f]", "", found.group()) if found else ""
    if digits.count(",") == 1 and "." not in digits:
        digits = digits.replace(",", ".")
    try:
        number = Decimal(digits.replace(",", "")) if len(digits) <= 40 else Decimal("NaN")  # noqa: PLR2004
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise ValueError(f"“{text[:40]}” is no number")
    whole = number == number.to_integral_value() and abs(number) < 2**53
    return int(number) if whole else float(number)


def _date(text: str) -> str:
    day = re.fullmatch(r"(\d{1,2})[./](\d{1,2})[./](\d{4})", text)
    written = f"{day[3]}-{day[2]:0>2}-{day[1]:0>2}" if day else text
    try:
        return date.fromisoformat(written).isoformat()
    except ValueError:
        raise ValueError(f"“{text[:40]}” is no date; write it like 2026-11-23") from None


def _yes(text: str) -> bool:
    if text.casefold() in YES:
        return True
    if text.casefold() in NO:
        return False
    raise ValueError(f"“{text[:40]}” is neither yes nor no")


def _choice(text: str, choices: Sequence[str]) -> str:
    for choice in choices:
        if fold(choice) == fold(text):
            return choice
    raise ValueError(f"“{text[:40]}” is none of {', '.join(choices)}")


def _link(text: str) -> str:
    if not re.fullmatch(r"https?://[^\s\"<>]{3,2000}", text):
        raise ValueError(f"“{text[:40]}” is no link; it starts with https://")
    return text

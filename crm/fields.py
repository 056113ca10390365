"""Custom fields: what this company wants to know of a contact, each with its type.

A value is kept typed: a number as a number, money with its currency, a date as a date. What cannot be read as
its type is kept as text, never thrown away.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Literal, get_args

import msgspec
from sqlalchemy.orm import Mapped, mapped_column

from crm.figures import read_figure
from hub.db import Base, Document
from hub.events import Field

Kind = Literal["text", "number", "money", "date", "choice", "yesno", "link"]
KINDS: tuple[Kind, ...] = get_args(Kind)
YES = frozenset({"yes", "ja", "true", "on", "1", "y", "да"})
NO = frozenset({"no", "nej", "nein", "false", "off", "0", "n", "нет"})
KEPT = 100  # fields that stand on a card; a request's others stay with the request


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
    """A typed value as it is kept: text, a number, true or false; a date as 2026-11-23, money as 12.50."""

    kind: str
    value: str | int | float | bool
    unit: str = ""


def read(field: CustomField, text: str) -> Value:
    """Read what somebody typed as this field's type, or raise ValueError with words for him."""
    text = text.strip()
    if field.kind == "choice":
        return Value("choice", _choice(text, field.choices))
    kind = field.kind if field.kind in READERS else "text"
    return Value(kind, READERS[kind](text), field.unit if kind == "money" else "")


def fold(label: str) -> str:
    """Compare labels by their letters and digits alone."""
    label = label if label.isascii() else unicodedata.normalize("NFKC", label)
    return "".join(character for character in label.casefold() if character.isalnum())


def keep(
    by_label: Mapping[str, CustomField], known: dict[str, object], answers: Iterable[Field],
    recognised: frozenset[str],
) -> tuple[dict[str, object], list[str]]:  # fmt: skip
    """Add a form's answers to a contact's fields, typed where they are ours; give them and what was odd.

    `by_label` are the company's fields by folded label. `recognised` are values that stand elsewhere on the
    card (name, phone, message …): under a label that is not ours they are not kept twice. Several answers of
    one label stand together.
    """
    fields, remarks = dict(known), []
    sent: dict[str, list[str]] = {}
    for answer in answers:
        ours = by_label.get(fold(answer.means or answer.label))
        value = answer.value.strip()
        if value and (ours or value not in recognised):
            sent.setdefault(ours.name if ours else answer.label, []).append(value)
    ours_by_name = {field.name: field for field in by_label.values()}
    for name, values in sent.items():
        if name in fields or len(fields) < KEPT:
            text = ", ".join(dict.fromkeys(values))
            typed, remark = _kept(ours_by_name.get(name), text, known=name in fields)
            remarks += [remark] if remark else []
            if typed:
                fields[name] = msgspec.to_builtins(typed)
    return fields, remarks


def _kept(field: CustomField | None, text: str, *, known: bool) -> tuple[Value | None, str]:
    """Give an answer's typed value. One that is of no use does not take the place of one that is."""
    if field is None:
        return Value("text", text), ""
    try:
        return read(field, text), ""
    except ValueError as error:
        if known:
            return None, f"{field.label}: {error}; the card keeps what it had."
        return Value("text", text), f"{field.label}: {error}; kept as text."


def plain(fields: dict[str, object]) -> dict[str, str | int | float | bool]:
    """Give a contact's fields without their types."""
    return {name: msgspec.convert(value, Value).value for name, value in fields.items()}


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
    for same in (str.strip, fold):
        for choice in choices:
            if same(choice) == same(text) != "":
                return choice
    raise ValueError(f"“{text[:40]}” is none of {', '.join(choices)}")


def _link(text: str) -> str:
    if not re.fullmatch(r"https?://[^\s\"<>]{3,2000}", text):
        raise ValueError(f"“{text[:40]}” is no link; it starts with https://")
    return text


READERS: Mapping[str, Callable[[str], str | int | float | bool]] = {
    "text": str,
    "number": read_figure,
    "money": lambda text: f"{read_figure(text, thousands=True):.2f}",
    "date": _date,
    "yesno": _yes,
    "link": _link,
}

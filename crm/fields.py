"""Custom fields: what this company wants to know of a contact, each with its type.

A value is kept typed: a number as a number, money with its currency, a date as a date. What cannot be read as
its type is kept as text, never thrown away. A computed field has no value of its own: see crm/computed.py.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Literal, get_args

import msgspec
from sqlalchemy.orm import Mapped, mapped_column

from crm.figures import read_figure
from hub.db import Base, Document
from hub.events import Field
from hub.languages import N_
from hub.said import said
from hub.shapes import convert
from hub.users import ROLES, Viewer

Kind = Literal["text", "number", "money", "date", "choice", "yesno", "link"]
KINDS: tuple[Kind, ...] = get_args(Kind)
COMPUTED = "computed"
KIND_NAMES = {
    "text": N_("Text"), "number": N_("Number"), "money": N_("Money"), "date": N_("Date"),
    "choice": N_("Choice"), "yesno": N_("Yes or no"), "link": N_("Link"), COMPUTED: N_("Computed"),
}  # fmt: skip
YES = frozenset({"yes", "ja", "true", "on", "1", "y", "да"})
NO = frozenset({"no", "nej", "nein", "false", "off", "0", "n", "нет"})
KEPT = 100  # fields that stand on a card; a request's others stay with the request


class CustomField(Base):
    """One field of every contact. `aliases` are labels under which forms send it.

    `see` and `edit` say who may: a role ("head", and those above it) or a department ("department:3"), any of
    them; none means everybody who sees the contact. `heading` is what it stands under on the card. A retired
    field keeps what contacts have in it, and learns on from forms, out of sight.
    """

    __tablename__ = "custom_fields"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    label: Mapped[str]
    kind: Mapped[str]
    choices: Mapped[list[str]] = mapped_column(Document)
    unit: Mapped[str] = mapped_column(default="")
    aliases: Mapped[list[str]] = mapped_column(Document)
    position: Mapped[int]
    heading: Mapped[str] = mapped_column(default="")
    required: Mapped[bool] = mapped_column(default=False)
    see: Mapped[list[str]] = mapped_column(Document, default=list)
    edit: Mapped[list[str]] = mapped_column(Document, default=list)
    expression: Mapped[str] = mapped_column(default="")
    retired_at: Mapped[datetime | None]

    def is_seen_by(self, viewer: Viewer) -> bool:
        """Tell whether this viewer may see what stands in it."""
        return _granted(viewer, self.see)

    def is_edited_by(self, viewer: Viewer) -> bool:
        """Tell whether this viewer may change what stands in it."""
        stored = self.kind != COMPUTED and self.retired_at is None
        return stored and self.is_seen_by(viewer) and _granted(viewer, self.edit)


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


def read_again(field: CustomField, plain: object) -> Value | None:
    """Give back a value that was written down without its type; what is not of the type comes as text."""
    if plain is None:
        return None
    text = "yes" if plain is True else "no" if plain is False else str(plain)
    try:
        return read(field, text)
    except ValueError:
        return Value("text", text)


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
            return None, said(
                "%(field)s: %(why)s; the card keeps what it had.", field=field.label, why=error.args[0]
            )
        return Value("text", text), said(
            "%(field)s: %(why)s; kept as text.", field=field.label, why=error.args[0]
        )


def plain(fields: dict[str, object]) -> dict[str, str | int | float | bool]:
    """Give a contact's fields without their types."""
    return {name: convert(value, Value).value for name, value in fields.items()}


def _granted(viewer: Viewer, grants: Sequence[str] | None) -> bool:
    """Tell whether one of the grants is this viewer's; who sets the hub up is never shut out."""
    if not grants or viewer.role == "admin":
        return True
    rank = ROLES.index(viewer.role) if viewer.role in ROLES else -1
    mine = {*ROLES[: rank + 1], f"department:{viewer.department_id}"}
    return not mine.isdisjoint(grants)


def _date(text: str) -> str:
    day = re.fullmatch(r"(\d{1,2})[./](\d{1,2})[./](\d{4})", text)
    written = f"{day[3]}-{day[2]:0>2}-{day[1]:0>2}" if day else text
    try:
        return date.fromisoformat(written).isoformat()
    except ValueError:
        raise ValueError(said("“%(text)s” is no date; write it like 2026-11-23", text=text[:40])) from None


def _yes(text: str) -> bool:
    if text.casefold() in YES:
        return True
    if text.casefold() in NO:
        return False
    raise ValueError(said("“%(text)s” is neither yes nor no", text=text[:40]))


def _choice(text: str, choices: Sequence[str]) -> str:
    for same in (str.strip, fold):
        for choice in choices:
            if same(choice) == same(text) != "":
                return choice
    raise ValueError(said("“%(text)s” is none of %(choices)s", text=text[:40], choices=list(choices)))


def _link(text: str) -> str:
    if not re.fullmatch(r"https?://[^\s\"<>]{3,2000}", text):
        raise ValueError(said("“%(text)s” is no link; it starts with https://", text=text[:40]))
    return text


READERS: Mapping[str, Callable[[str], str | int | float | bool]] = {
    "text": str,
    "number": read_figure,
    "money": lambda text: f"{read_figure(text, thousands=True):.2f}",
    "date": _date,
    "yesno": _yes,
    "link": _link,
}

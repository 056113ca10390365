"""What a list of contacts was asked for: words, filters, order and columns - as an address carries it.

    asked = read({"q": "ek", "department": "2", "sort": "-last", "f.budget.min": "10000"})
    asked.pairs()         the same again, in one order: what a view keeps and a link carries

What cannot be read is left out: an address that somebody typed must not become an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

import msgspec

LONGEST_SEARCH = 200
LONGEST_VALUE = 200
MOST_FIELDS = 20
MOST_COLUMNS = 30
ID_DIGITS = 18

NAME, LAST, CHANGED, MADE, FIRM, DUE = "name", "last", "changed", "made", "organisation", "due"
SORTS = (NAME, LAST, CHANGED, MADE, FIRM, DUE)
BY_DEFAULT = f"-{LAST}"
OPEN = ("any", "late", "none")
HAS = ("phone", "mail", "no-phone", "no-mail")
SPANS = (LAST, CHANGED, MADE)
FIELD = "f."
NOBODY = "none"
ME = "me"


class Span(msgspec.Struct, frozen=True):
    """Whole days from one to another, both among them; None is open."""

    since: date | None = None
    until: date | None = None


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One list. "" and None leave open; `responsible` is a number, "me" or "none"; `fields` are by name."""

    q: str = ""
    department: int | None = None
    responsible: str = ""
    organisation: int | None = None
    tag: int | None = None
    open: str = ""
    has: str = ""
    spans: Mapping[str, Span] = {}
    fields: Mapping[str, str] = {}
    sort: str = BY_DEFAULT
    columns: tuple[str, ...] | None = None

    @property
    def order(self) -> tuple[str, bool]:
        """Give what it is sorted by, and whether downwards."""
        return self.sort.removeprefix("-"), self.sort.startswith("-")

    @property
    def filtered(self) -> bool:
        """Tell whether it is less than everything."""
        return self != Asked(sort=self.sort, columns=self.columns)

    def pairs(self) -> dict[str, str]:
        """Give it as an address carries it, in one order."""
        found = {"q": self.q, "responsible": self.responsible, "open": self.open, "has": self.has}
        for name in ("department", "organisation", "tag"):
            found[name] = str(getattr(self, name) or "")
        for name, span in sorted(self.spans.items()):
            found[f"{name}.from"] = span.since.isoformat() if span.since else ""
            found[f"{name}.to"] = span.until.isoformat() if span.until else ""
        found |= {f"{FIELD}{name}": value for name, value in sorted(self.fields.items())}
        if self.sort != BY_DEFAULT:
            found["sort"] = self.sort
        if self.columns is not None:
            found["columns"] = ",".join(self.columns)
        return {name: value for name, value in found.items() if value}

    def but(self, **changes: object) -> Asked:
        """Give the same with something else in it."""
        return msgspec.structs.replace(self, **changes)


def read(query: Mapping[str, str]) -> Asked:
    """Read what an address asks for."""
    texts = {name: value.replace("\0", "").strip()[:LONGEST_SEARCH] for name, value in query.items()}
    sort = texts.get("sort", "")
    return Asked(
        q=texts.get("q", ""),
        department=_number(texts.get("department")), organisation=_number(texts.get("organisation")),
        tag=_number(texts.get("tag")),
        responsible=_whose(texts.get("responsible", "")),
        open=_one_of(texts.get("open", ""), OPEN), has=_one_of(texts.get("has", ""), HAS),
        spans={name: span for name in SPANS if (span := _span(texts, name)) != Span()},
        fields=dict(_fields(texts)),
        sort=sort if sort.removeprefix("-") in SORTS else BY_DEFAULT,
        columns=columns_of(texts["columns"].split(",")) if "columns" in texts else None,
    )  # fmt: skip


def columns_of(names: Iterable[str]) -> tuple[str, ...]:
    """Give columns in their order, each once, and no more than anybody reads."""
    cleaned = (name.strip()[:LONGEST_VALUE] for name in names)
    return tuple(dict.fromkeys(name for name in cleaned if name))[:MOST_COLUMNS]


def _fields(texts: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    """Give what fields are to hold; two bounds, sent apart by a form, become one."""
    found: dict[str, str] = {}
    for name, value in texts.items():
        field, dot, side = name.removeprefix(FIELD).partition(".")
        if name.startswith(FIELD) and field and value:
            least, dots, greatest = found.get(field, "").partition("..")
            bounds = {"from": f"{value}..{greatest}", "to": f"{least}..{value}"}
            found[field] = bounds.get(side, value) if dot else value
            found[field] = found[field] if dots or found[field] != ".." else ""
    return [(name, value) for name, value in found.items() if value][:MOST_FIELDS]


def _span(texts: Mapping[str, str], name: str) -> Span:
    return Span(_day(texts.get(f"{name}.from", "")), _day(texts.get(f"{name}.to", "")))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _whose(text: str) -> str:
    return text if text in {ME, NOBODY} or _number(text) else ""


def _one_of(text: str, known: Iterable[str]) -> str:
    return text if text in known else ""


def _number(text: str | None) -> int | None:
    if text and text.isascii() and text.isdigit() and len(text) <= ID_DIGITS:
        return int(text) or None
    return None

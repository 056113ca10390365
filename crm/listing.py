"""What a list was asked for: words, filters, order and columns - as an address carries it.

    asked = read({"q": "ek", "department": "2", "sort": "-last", "f.budget.min": "10000"})
    asked.pairs()         the same again, in one order: what a view keeps and a link carries

What cannot be read is left out: an address that somebody typed must not become an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

import msgspec

MOST = 10**18
LONGEST_SEARCH = 200
LONGEST_VALUE = 200
MOST_FIELDS = 20
MOST_COLUMNS = 30
ID_DIGITS = 18

NAME, LAST, CHANGED, MADE, FIRM, DUE = "name", "last", "changed", "made", "organisation", "due"
STARTED = "started"
TOUCHED = "touched"
NEWEST_FIRST = frozenset({LAST, CHANGED, MADE, STARTED})
OPEN = ("any", "late", "none")
PEOPLE, EMPTY = "people", "nobody"
FIELD = "f."
NOBODY = "none"
ME = "me"


class Span(msgspec.Struct, frozen=True):
    """Whole days from one to another, both among them; None is open."""

    since: date | None = None
    until: date | None = None


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of list: the name of its room, and what it can be asked for.

    `picks` is what it alone is narrowed down by: choices by name; none where anything may be typed.
    """

    name: str
    sorts: tuple[str, ...]
    by_default: str
    numbers: tuple[str, ...]
    has: tuple[str, ...]
    spans: tuple[str, ...]
    own_fields: bool
    picks: Mapping[str, tuple[str, ...]] = {}

    @property
    def href(self) -> str:
        """Give the address of the room."""
        return f"/{self.name}"


CONTACTS = Kind(
    name="contacts", sorts=(NAME, LAST, CHANGED, MADE, FIRM, DUE), by_default=f"-{LAST}",
    numbers=("department", "organisation", "tag"), has=("phone", "mail", "no-phone", "no-mail"),
    spans=(LAST, CHANGED, MADE), own_fields=True,
)  # fmt: skip
ORGANISATIONS = Kind(
    name="organisations", sorts=(NAME, CHANGED, MADE), by_default=NAME, numbers=("department",),
    has=(PEOPLE, EMPTY), spans=(CHANGED, MADE), own_fields=False,
)  # fmt: skip
CALLS = Kind(
    name="calls", sorts=(STARTED,), by_default=f"-{STARTED}", numbers=("department", "contact"), has=("recording",),
    spans=(STARTED,), own_fields=False,
    picks={
        "direction": ("inbound", "outbound", "internal"),
        "outcome": ("missed", "answered", "abandoned", "no-answer", "busy", "rejected", "failed", "unknown", "live"),
        "callback": ("waits", "handled"), "by": (), "extension": (), "queue": (), "pbx": (),
    },
)  # fmt: skip


INBOX = Kind(
    name="inbox", sorts=(), by_default="", numbers=("department", "tag"), has=(), spans=(TOUCHED,), own_fields=False,
    picks={"view": ("unassigned", "department", "all"), "turn": ("us", "them"), "state": ("snoozed", "closed"),
           "channel": (), "by": ()},
)  # fmt: skip


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One list. "" and None leave open; `responsible` is a number, "me" or "none"; `fields` and `picks` are by name."""

    kind: Kind = CONTACTS
    q: str = ""
    department: int | None = None
    responsible: str = ""
    organisation: int | None = None
    tag: int | None = None
    contact: int | None = None
    open: str = ""
    has: str = ""
    spans: Mapping[str, Span] = {}
    fields: Mapping[str, str] = {}
    picks: Mapping[str, str] = {}
    sort: str = ""
    columns: tuple[str, ...] | None = None

    @property
    def order(self) -> tuple[str, bool]:
        """Give what it is sorted by, and whether downwards."""
        sort = self.sort or self.kind.by_default
        return sort.removeprefix("-"), sort.startswith("-")

    @property
    def filtered(self) -> bool:
        """Tell whether it is less than everything."""
        return self != Asked(kind=self.kind, sort=self.sort, columns=self.columns)

    def pairs(self) -> dict[str, str]:
        """Give it as an address carries it, in one order."""
        found = {"q": self.q, "responsible": self.responsible, "open": self.open, "has": self.has}
        for name in ("department", "organisation", "tag", "contact"):
            found[name] = str(getattr(self, name) or "")
        for name, span in sorted(self.spans.items()):
            found[f"{name}.from"] = span.since.isoformat() if span.since else ""
            found[f"{name}.to"] = span.until.isoformat() if span.until else ""
        found |= {f"{FIELD}{name}": value for name, value in sorted(self.fields.items())}
        found |= dict(sorted(self.picks.items()))
        found["sort"] = self.sort
        if self.columns is not None:
            found["columns"] = ",".join(self.columns)
        return {name: value for name, value in found.items() if value}

    def sorted_by(self, name: str, *, down: bool) -> Asked:
        """Give the same in another order."""
        sort = f"-{name}" if down else name
        return self.but(sort="" if sort == self.kind.by_default else sort)

    def but(self, **changes: object) -> Asked:
        """Give the same with something else in it."""
        return msgspec.structs.replace(self, **changes)


def read(query: Mapping[str, str], kind: Kind = CONTACTS) -> Asked:
    """Read what an address asks of a kind of list."""
    texts = {name: value.replace("\0", "").strip()[:LONGEST_SEARCH] for name, value in query.items()}
    sort = texts.get("sort", "")
    return Asked(
        kind=kind, q=texts.get("q", ""), **{name: number(texts.get(name)) for name in kind.numbers},
        responsible=_whose(texts.get("responsible", "")),
        open=_one_of(texts.get("open", ""), OPEN), has=_one_of(texts.get("has", ""), kind.has),
        spans={name: span for name in kind.spans if (span := _span(texts, name)) != Span()},
        fields=dict(_fields(texts)) if kind.own_fields else {}, picks=_picks(texts, kind),
        sort=sort if sort.removeprefix("-") in kind.sorts and sort != kind.by_default else "",
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


def _picks(texts: Mapping[str, str], kind: Kind) -> dict[str, str]:
    asked = {name: texts.get(name, "") for name in kind.picks}
    return {name: text for name, text in asked.items() if text and text in (kind.picks[name] or (text,))}


def _span(texts: Mapping[str, str], name: str) -> Span:
    return Span(_day(texts.get(f"{name}.from", "")), _day(texts.get(f"{name}.to", "")))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _whose(text: str) -> str:
    return text if text in {ME, NOBODY} or number(text) else ""


def _one_of(text: str, known: Iterable[str]) -> str:
    return text if text in known else ""


def number(text: str | None) -> int | None:
    """Read the number of a record; None for anything else."""
    if text and text.isascii() and text.isdigit() and len(text) <= ID_DIGITS:
        return int(text) or None
    return None

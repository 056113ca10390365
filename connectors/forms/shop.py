"""What shops send: JSON in which a value may be a text, a number or nothing, and numbers stay as they were written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import cast

import msgspec

from connectors.forms.answers import Meaning
from connectors.forms.body import Body
from connectors.forms.bounds import FIELDS, JSON_MARKS, LABEL, VALUE
from connectors.forms.charset import clean
from connectors.forms.order_bounds import LINES
from hub.events import Field
from hub.orders import OrderLine
from hub.said import said
from hub.sums import number

Told = Mapping[str, object]

SHORT = 1000  # letters of a name, an address or a number
NOTHING: Told = {}
KNOWN: Mapping[str, Meaning] = {
    "name": "name", "phone": "phone", "email": "email", "company": "company", "note": "message",
}  # fmt: skip
"""What the labels mean that `answers` gives; all others are no person's."""

_DECODER = msgspec.json.Decoder(float_hook=str)


def read_told(body: bytes) -> Told:
    """Read what a shop sent; ValueError for what no shop sends."""
    if sum(map(body.count, (b",", b"[", b"{"))) > JSON_MARKS:
        raise ValueError(said("as JSON it holds too many values"))
    try:
        value = _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ValueError(said("It is no JSON, or it broke off on its way.")) from None
    if not isinstance(value, dict):
        raise ValueError(said("It is no order, nor anything else of a shop."))  # noqa: TRY004 - all that is unreadable
    return cast("Told", value)


def text(told: Told, *names: str) -> str:
    """Give the first of these that says anything, on its own lines; "" for none."""
    for name in names:
        value = told.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool) and (found := str(value).strip()):
            return clean(found[:VALUE])
    return ""


def line(told: Told, *names: str) -> str:
    """Give the first of these that says anything, on one line and short."""
    return " ".join(text(told, *names).split())[:SHORT]


def part(told: Told, name: str) -> Told:
    """Give a part that has parts itself; an empty one where there is none."""
    value = told.get(name)
    return cast("Told", value) if isinstance(value, dict) else NOTHING


def parts(told: Told, name: str) -> Iterator[Told]:
    """Give the parts of a list."""
    value = told.get(name)
    for each in value[:LINES] if isinstance(value, list) else ():
        if isinstance(each, dict):
            yield cast("Told", each)


def moment(written: str) -> datetime | None:
    """Read a time; one without a zone is in UTC."""
    try:
        found = datetime.fromisoformat(written)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def address(told: Told, *rows: tuple[str, ...]) -> str:
    """Write an address, a line for each row of names that says anything."""
    written = (" ".join(filter(None, (line(told, name) for name in row))) for row in rows)
    return "\n".join(row for row in written if row)


def extra(name: str, total: str) -> OrderLine | None:
    """Give a line for what is no thing, such as freight or tax; None where it costs nothing."""
    return OrderLine(name=name, quantity="", total=total) if total.strip("0.-") else None


def together(*written: str) -> str:
    """Add sums that a shop keeps apart; the first of them where one is no plain number."""
    found = [sum_ for each in written if each and (sum_ := number(each)) is not None]
    return (
        str(sum(found))
        if len(found) == sum(map(bool, written)) and found
        else next(filter(None, written), "")
    )


def answers(pairs: Iterable[tuple[str, str]]) -> Body:
    """Make a body of labels that people can read and values; those that say nothing are left out."""
    fields = [Field(clean(label[:LABEL]), value) for label, value in pairs if value]
    return Body(fields=fields[:FIELDS])

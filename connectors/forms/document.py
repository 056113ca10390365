"""A JSON body whose sender is known: opened as it is, and asked for what stands at a place in it.

Whatever stands elsewhere than it should is as if it were not there; what is no JSON object raises ValueError.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from connectors.forms.bounds import JSON_MARKS
from connectors.forms.nesting import Answers, Json, read_json
from hub.said import said

Document = Mapping[str, Json]

_DECODER = msgspec.json.Decoder(float_hook=str)


def opened(body: bytes | str) -> Document:
    """Open a JSON object; numbers with a fraction stay as they were written."""
    body = body.encode(errors="replace") if isinstance(body, str) else body
    if sum(map(body.count, (b",", b"[", b"{"))) > JSON_MARKS:
        raise ValueError(said("as JSON it holds too many values"))
    try:
        value = _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ValueError(said("it is no JSON that can be read")) from None
    if not isinstance(value, dict):
        raise ValueError(said("it is a single value in JSON"))  # noqa: TRY004 - all that is unreadable is a ValueError
    return value


def part(value: Json | Document, *names: str) -> Document:
    """Give the object at a place, empty where there is none."""
    found = _at(value, names)
    return found if isinstance(found, dict) else {}


def parts(value: Json | Document, *names: str) -> Sequence[Document]:
    """Give the objects of a list at a place."""
    found = _at(value, names)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def text(value: Json | Document, *names: str) -> str:
    """Give what is written at a place, a number as its digits; "" where nothing is, or more than one value."""
    found = _at(value, names)
    if isinstance(found, str):
        return found
    return "" if found is None or isinstance(found, dict | list) else msgspec.json.encode(found).decode()


def unfolded(value: Json | Document) -> Answers:
    """Give all of an object as labels and values, nested names as `a[b]`."""
    return read_json(msgspec.json.encode(value), "utf-8")[0]


def _at(value: Json | Document, names: Sequence[str]) -> Json | Document:
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value

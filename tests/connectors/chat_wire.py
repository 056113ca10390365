"""What messengers sent, byte for byte, and what beside it says that it becomes: `text.json` and `text.becomes.json`."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec import structs

from hub.connector import Raw
from hub.events import Event

WIRE = Path(__file__).parents[1] / "wire"
NINE = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)


def recorded(messenger: str) -> list[str]:
    """Give what was recorded of a messenger."""
    names = (file.name.removesuffix(".json") for file in (WIRE / messenger).glob("*.json"))
    return sorted(name for name in names if not name.endswith(".becomes"))


def body_of(messenger: str, name: str) -> bytes:
    """Give the bytes that came."""
    return (WIRE / messenger / f"{name}.json").read_bytes()


def becomes(messenger: str, name: str) -> object:
    """Give what it is to become."""
    return json.loads((WIRE / messenger / f"{name}.becomes.json").read_text())


def raw(body: bytes, **headers: str) -> Raw:
    """Give an item as the intake keeps it."""
    given = {":method": "POST", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return Raw(body=body, headers=given, received_at=NINE, key="a1")


def shown(event: Event) -> dict[str, object]:
    """Give an event without what it leaves as it is."""
    found: dict[str, object] = {"event": type(event).__name__}
    for field in structs.fields(type(event)):
        value = getattr(event, field.name)
        if field.default is msgspec.NODEFAULT or value != field.default:
            found[field.name] = _plain(value)
    return found


def _plain(value: object) -> object:
    if isinstance(value, msgspec.Struct):
        given = {
            field.name: (getattr(value, field.name), field.default) for field in structs.fields(type(value))
        }
        return {name: _plain(now) for name, (now, default) in given.items() if now != default}
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, datetime) else value

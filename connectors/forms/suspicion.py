"""What makes a request look like a machine's; told in words to the person who opens the quarantine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from hub.events import Field
from hub.said import nsaid, said

_LINKS = 3
_MARKUP = ("[url=", "[url]", "<a href", "[link=")
_MILLISECONDS = 1e11  # as seconds this would be the year 5138


def suspicions(
    reserved: Mapping[str, str], fields: Sequence[Field], name: str, received_at: datetime, min_seconds: float
) -> tuple[str, ...]:
    """Give the reasons to doubt that a person wrote this; none for a request that looks human."""
    return (*_traps(reserved, received_at, min_seconds), *_texts(fields, name))


def _traps(reserved: Mapping[str, str], received_at: datetime, min_seconds: float) -> Iterator[str]:
    if reserved.get("_gotcha"):
        yield said("A field that people cannot see was filled in.")
    age = _age(reserved.get("_ts", ""), received_at)
    if age is not None and 0 <= age < min_seconds:
        yield said("It was filled in within %(age)s seconds; a person needs %(least)s or more.",
                   age=f"{age:.1f}", least=f"{min_seconds:g}")  # fmt: skip


def _texts(fields: Sequence[Field], name: str) -> Iterator[str]:
    if _links(name.lower()):
        yield said("The name holds a link.")
    texts = [field.value.lower() for field in fields]
    links = max(map(_links, texts), default=0)
    if links >= _LINKS:
        yield nsaid("An answer holds %(num)s link.", "An answer holds %(num)s links.", links)
    if any(mark in text for text in texts if "[" in text or "<" in text for mark in _MARKUP):
        yield said("An answer holds links written for a web page.")


def _links(text: str) -> int:
    return text.count("http://") + text.count("https://") + text.count(" www.") + text.startswith("www.")


def _age(rendered: str, received_at: datetime) -> float | None:
    """Give how many seconds ago the form was drawn; `_ts` is in seconds or, from scripts, milliseconds."""
    try:
        drawn = float(rendered[:32])
    except ValueError:
        return None
    return received_at.timestamp() - (drawn / 1000 if drawn > _MILLISECONDS else drawn)

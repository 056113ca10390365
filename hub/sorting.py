"""Sorting by the reader's language: what a name is sorted by is kept beside it, one column for each language.

No database sorts Swedish as Swedes do unless somebody installed that into it, and two of them never agree. A key
is made by us and compared letter by letter, so that an index can walk it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from sqlalchemy import String, event
from sqlalchemy.orm import InstrumentedAttribute

from hub.languages import LANGUAGES, sort_key

LONGEST = 100  # letters: an index cannot hold a whole text

# SQLite compares by bytes; PostgreSQL would ask the language of the server.
SortKey = String().with_variant(String(collation="C"), "postgresql")


def name_key(name: str, language: str) -> str:
    """Give what a name is sorted by."""
    return sort_key(name[:LONGEST], language)[:LONGEST]


def sort_keys(name: str) -> Mapping[str, str]:
    """Give what a name is sorted by in each language, by column."""
    return {f"sort_{language}": name_key(name, language) for language in LANGUAGES}


def sort_default(language: str) -> Callable[[Any], str]:
    """Give the default of a sort column: made of the name that is inserted beside it."""

    def key(context: Any) -> str:  # noqa: ANN401 - SQLAlchemy has no public type for it
        return name_key(cast("str", context.get_current_parameters()["name"]), language)

    return key


def follow_name(attribute: InstrumentedAttribute[str]) -> None:
    """Have a record's sort keys follow when its name is changed."""

    def follow(record: Any, name: str, _before: object, _initiator: object) -> None:  # noqa: ANN401 - any record
        for column, key in sort_keys(name or "").items():
            setattr(record, column, key)

    event.listen(attribute, "set", follow)

"""The columns of a list: which there are, and which somebody chose, in his order."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec

from hub.languages import _

FIELD = "f."


class Column(msgspec.Struct, frozen=True):
    """One column: its name in addresses, its words, what it sorts by ("": by nothing), whether it holds numbers."""

    name: str
    words: str
    sort: str = ""
    numeric: bool = False

    @property
    def field(self) -> str:
        """Give the name of the custom field that it shows."""
        return self.name.removeprefix(FIELD) if self.name.startswith(FIELD) else ""


def columns_of(
    words: Mapping[str, str], sorted_by: Mapping[str, str], numeric: Collection[str] = ()
) -> list[Column]:
    """Give columns with their words, by name."""
    return [Column(name, _(said), sorted_by.get(name, ""), name in numeric) for name, said in words.items()]


def chosen(columns: Sequence[Column], names: Sequence[str]) -> list[Column]:
    """Give the columns of these names, in the order of the names."""
    known = {column.name: column for column in columns}
    return [known[name] for name in names if name in known]

"""A request of a PBX, opened: JSON, a form or what stands in its address, asked for by name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from urllib.parse import unquote

from connectors.asterisk.words import ID, clean
from connectors.forms.body import open_body
from hub.connector import Raw
from hub.events import Field


class Asked(NamedTuple):
    """What was sent, by name and in order; names of lists have no brackets. `path` stood behind the address."""

    fields: Sequence[Field]
    path: str
    received_at: datetime

    def text(self, name: str) -> str:
        """Give what was sent under a name, whatever its letters' size, "" for nothing."""
        return next(iter(self.texts(name)), "")

    def texts(self, name: str) -> list[str]:
        """Give all that was sent under a name."""
        wanted = name.casefold()
        found = [clean(field.value, ID) for field in self.fields if _bare(field.label) == wanted]
        return [each for each in found if each]


def opened(raw: Raw) -> Asked:
    """Open a request; what cannot be read says nothing."""
    query = raw.headers.get(":query", "").encode()
    fields = list(open_body(query, "application/x-www-form-urlencoded").fields) if query else []
    if raw.body.strip():
        fields += open_body(raw.body, raw.headers.get("content-type", "")).fields
    return Asked(fields, unquote(raw.headers.get(":path", "")), raw.received_at)


def _bare(label: str) -> str:
    """Give a name without the brackets that PHP wants: `user[]` and `user[0]` are `user`."""
    return label.partition("[")[0].casefold()

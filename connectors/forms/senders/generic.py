"""Plain HTML, and whatever nobody else knows: every body that can be opened is a form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from connectors.forms.body import open_body
from connectors.forms.post import Post
from connectors.forms.sender import Sender
from connectors.forms.submission import is_ping, sort_out
from hub.connector import Raw
from hub.languages import N_

TRYING = (b"test", b"webhook_id")
PING = 200  # bytes: whoever merely tries an address says less


class Generic(Sender):
    """Anybody."""

    name: ClassVar[str] = "html"
    title: ClassVar[str] = N_("Plain HTML")

    def knows(self, raw: Raw) -> bool:
        """Know everything."""
        del raw
        return True

    def is_ping(self, raw: Raw) -> bool:
        """Tell whether it says nothing but that it tries the address, as several builders do."""
        if len(raw.body) > PING or not any(word in raw.body for word in TRYING):
            return False
        return is_ping(sort_out(open_body(raw.body, raw.headers.get("content-type", ""))))

    def read(self, raw: Raw) -> Sequence[Post]:
        """Take the answers as they are called."""
        return (Post(body=open_body(raw.body, raw.headers.get("content-type", ""))),)


GENERIC = Generic()

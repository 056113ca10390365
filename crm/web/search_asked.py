"""What a search page was asked: words, a kind, and what narrows it; read out of an address and written into one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import msgspec
from yarl import URL

from crm.search import Question
from crm.search_index import KINDS
from crm.search_words import LONGEST
from hub.clock import now
from hub.web.pages import ID_DIGITS, LARGEST_ID

PLACE = "/search"
SPANS = (7, 30, 365)  # days
OPEN, DONE = "open", "done"


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One search. "" and 0 leave a choice open; whatever cannot be chosen does, too."""

    q: str = ""
    kind: str = ""
    department: int = 0
    days: int = 0
    state: str = ""

    @property
    def question(self) -> Question:
        """Give it as the business understands it."""
        return Question(
            text=self.q,
            department_id=self.department or None,
            since=now() - timedelta(days=self.days) if self.days else None,
            done={OPEN: False, DONE: True}.get(self.state),
        )

    @property
    def query(self) -> dict[str, str]:
        """Give what differs from an empty search."""
        return {name: str(value) for name, value in msgspec.structs.asdict(self).items() if value}

    @property
    def href(self) -> str:
        """Give its address."""
        return str(URL(PLACE).with_query(self.query))

    def of(self, kind: str) -> Asked:
        """Give the same search in one kind, or in all."""
        return msgspec.structs.replace(self, kind=kind)


def asked(query: Mapping[str, str]) -> Asked:
    """Read a search out of the query of an address."""
    kind, state, days = query.get("kind", ""), query.get("state", ""), _number(query.get("days", ""))
    return Asked(
        q=" ".join(query.get("q", "").replace("\0", "").split())[:LONGEST],
        kind=kind if kind in KINDS else "",
        department=_number(query.get("department", "")),
        days=days if days in SPANS else 0,
        state=state if state in {OPEN, DONE} else "",
    )


def asked_again(kept: str) -> Asked:
    """Read a search that somebody kept."""
    return asked(URL(f"{PLACE}?{kept}").query)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= ID_DIGITS):
        return 0
    return int(text) if int(text) <= LARGEST_ID else 0

"""The audit: what was done stands there, and nothing is ever taken out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from hub import audit
from hub.users import Viewer

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from hub.db import Database

ELIN = Viewer(1, "agent", 1, "Elin Sandgren")


def name(session: Session) -> None:
    changes = audit.differences({"name": "Karin", "city": "Lund"}, {"name": "Karin Ekdahl", "city": "Lund"})
    audit.record(session, ELIN, audit.CHANGED, "contact", 3, changes=changes)


async def test_who_changed_what_from_what_to_what(db: Database) -> None:
    await db.write(name)
    (entry,) = await db.read(audit.history, "contact", 3)
    assert (entry.who, entry.verb, entry.changes) == (
        "Elin Sandgren", "changed", {"name": ["Karin", "Karin Ekdahl"]},
    )  # fmt: skip


@pytest.mark.parametrize("deed", ["UPDATE audit SET who = 'Nobody'", "DELETE FROM audit"])
async def test_the_database_itself_refuses_to_change_it(db: Database, deed: str) -> None:
    await db.write(name)
    with pytest.raises(DBAPIError, match="only ever added to"):
        await db.write(lambda session: session.execute(text(deed)))
    assert len(await db.read(audit.history, "contact", 3)) == 1

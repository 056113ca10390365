"""Preferences: worn by every page from then on, written down, and nobody else's."""

from __future__ import annotations

from sqlalchemy import select

from hub.audit import CHANGED, Entry
from hub.db import Database
from hub.preferences import preferences_of
from hub.users import User
from tests.hub.web.conftest import SignIn, Visitor

CHOSEN = {
    "language": "sv", "zone": "Europe/Helsinki", "theme": "dark", "density": "dense", "task-sound": "on",
    "since": "18:00", "until": "08:00", "day-4": "on",
}  # fmt: skip


async def test_what_somebody_chose_is_worn_by_every_page(visitor: Visitor, sign_in: SignIn) -> None:
    await sign_in("manager")
    assert (await visitor.post("/preferences", data=CHOSEN, allow_redirects=False)).status == 303
    page = await (await visitor.get("/journal")).text()
    assert '<html lang="sv" data-theme="dark" data-density="dense">' in page
    assert '"task": ["sound"]' in page
    assert '"since": "18:00", "until": "08:00", "days": [4]' in page or '"days": [4]' in page
    assert 'data-zone="Europe/Helsinki"' in page


async def test_what_was_chosen_is_kept_and_written_down(
    visitor: Visitor, sign_in: SignIn, db: Database
) -> None:
    await sign_in("agent")
    await visitor.post("/preferences/theme", data={"theme": "light"}, headers={"HX-Request": "true"})
    user, entry = await db.read(
        lambda session: (
            session.scalars(select(User)).one(),
            session.scalars(select(Entry).where(Entry.verb == CHANGED)).one(),
        )
    )
    assert preferences_of(user).theme == "light"
    assert (entry.kind, entry.record_id, entry.changes) == ("user", user.id, {"theme": [None, "light"]})


async def test_a_time_that_is_none_is_refused_and_stays_to_be_put_right(
    visitor: Visitor, sign_in: SignIn
) -> None:
    await sign_in("agent")
    answer = await visitor.post("/preferences", data={"since": "25:00", "until": "", "zone": "Mars/Base"})
    page = await answer.text()
    assert answer.status == 422
    assert "Write both times as 22:00" in page
    assert "There is no time zone of this name" in page
    assert 'value="25:00"' in page

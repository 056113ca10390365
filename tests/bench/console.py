"""People for a bench: signed in without a browser."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from hub import signin
from hub.store import open_store
from hub.users import add_user, find_user
from hub.web.shell import COOKIE

MAIL = "annika@klarruta.example"


async def signed_in(data: Path) -> dict[str, str]:
    """Give the cookie of a manager who signed in."""
    async with open_store(data) as db:
        return {COOKIE: await db.write(_start)}


def _start(session: Session) -> str:
    try:
        user = find_user(session, MAIL)
    except LookupError:
        user = add_user(session, MAIL, "Annika Kron", "manager")
    return signin.start(session, user.id, lasts=timedelta(hours=1), address="127.0.0.1", agent="bench")

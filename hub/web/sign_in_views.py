"""Sign-ins as their owner and his admin read them: which browser, from where, when, and whether it is still open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy.orm import Session

from hub import signin
from hub.clock import now
from hub.languages import _
from hub.signin import SignIn

LISTED = 30

# What a browser's long name says; the first that is in it counts, since most claim to be others too.
BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Macintosh", "macOS"),
    ("Linux", "Linux"),
)  # fmt: skip


class SignInRow(msgspec.Struct, frozen=True, kw_only=True):
    """One sign-in. `here`: it is the one that asks."""

    id: int
    browser: str
    agent: str
    address: str
    made_at: datetime
    seen_at: datetime
    open: bool
    here: bool
    state: str


def sign_in_rows(session: Session, user_id: int, here: int | None) -> Sequence[SignInRow]:
    """Show somebody's sign-ins, the latest used first."""
    return [_row(each, here) for each in signin.sign_ins(session, user_id, LISTED)]


def browser_of(agent: str) -> str:
    """Say in two words which browser it is: "Firefox, Windows"."""
    names = [next((name for mark, name in marks if mark in agent), "") for marks in (BROWSERS, SYSTEMS)]
    return ", ".join(filter(None, names)) or _("Unknown browser")


def _row(row: SignIn, here: int | None) -> SignInRow:
    is_open = row.revoked_at is None and row.expires_at > now()
    ended = _("Ended") if row.revoked_at is not None else _("Ran out")
    return SignInRow(
        id=row.id, browser=browser_of(row.agent), agent=row.agent, address=row.address, made_at=row.made_at,
        seen_at=row.seen_at, open=is_open, here=row.id == here, state=_("Still open") if is_open else ended,
    )  # fmt: skip

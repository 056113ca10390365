"""What people change of a channel: pause, token, settings. Each change is in the audit and can be taken back."""

from __future__ import annotations

import re
import secrets
import unicodedata
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub import audit, journal
from hub.audit import Entry
from hub.bus import Audience, Notice
from hub.channels import Channel, add_channel, connector_kinds
from hub.clock import now
from hub.connector import Settings
from hub.db import announce
from hub.languages import _
from hub.manual import Values, check, manual
from hub.said import said
from hub.users import Viewer

OVERSEERS = Audience(roles=frozenset({"manager", "admin"}))
NAME = 60
HIDDEN = "…"
TITLE = "channel title"


class Refusal(ValueError):
    """It cannot be changed like this; `errors` say by setting what is wrong."""

    def __init__(self, errors: dict[str, str]) -> None:
        """Keep them."""
        super().__init__("; ".join(errors.values()))
        self.errors = errors


def make(session: Session, viewer: Viewer, title: str, kind: str, settings: Values) -> Channel:
    """Make a channel; its name in addresses is made of its title. Refusal says what is wrong."""
    if not title.strip():
        raise Refusal({"title": _("Say what colleagues call it.")})
    row = add_channel(session, free_name(session, title), title.strip(), kind, settings)
    audit.record(session, viewer, audit.MADE, "channel", row.id, changes={"title": (None, row.title)})
    return _told(session, row)


def free_name(session: Session, title: str) -> str:
    """Give a name for addresses that no channel has yet: `ask-about-a-repair`."""
    letters = unicodedata.normalize("NFKD", title.casefold()).encode("ascii", "ignore").decode()
    name = re.sub(r"[^a-z0-9]+", "-", letters).strip("-")[:NAME].strip("-") or "channel"
    taken = set(session.scalars(select(Channel.name).where(Channel.name.startswith(name))))
    numbered = (f"{name[: NAME - 4]}-{number}" for number in range(2, len(taken) + 3))
    return next(each for each in (name, *numbered) if each not in taken)


def pause(session: Session, viewer: Viewer, row: Channel) -> Channel:
    """Keep what comes and make nothing of it until it is resumed."""
    if row.paused_at is None:
        row.paused_at = now()
        audit.record(session, viewer, audit.CHANGED, "channel", row.id, words=said("paused"))
    return _told(session, row)


def resume(session: Session, viewer: Viewer, row: Channel) -> Channel:
    """Go on with what came meanwhile."""
    if row.paused_at is not None:
        row.paused_at = None
        journal.make_due(session, row.id)
        audit.record(session, viewer, audit.CHANGED, "channel", row.id, words=said("resumed"))
    return _told(session, row)


def renew_token(session: Session, viewer: Viewer, row: Channel, until: datetime | None) -> Channel:
    """Give a channel a new token; the old one goes on working until a moment, or ends at once."""
    row.old_token, row.old_token_until = (row.token, until) if until else (None, None)
    row.token = secrets.token_urlsafe(18)
    words = (
        said("new token, the old one works until %(until)s", until=f"{until:%Y-%m-%d %H:%M} UTC")
        if until
        else said("new token, the old one was cut off")
    )
    audit.record(session, viewer, audit.CHANGED, "channel", row.id, words=words)
    return _told(session, row)


def cut_off(session: Session, viewer: Viewer, row: Channel) -> Channel:
    """End the old token now."""
    if row.old_token is not None:
        row.old_token = row.old_token_until = None
        audit.record(session, viewer, audit.CHANGED, "channel", row.id, words=said("old token cut off"))
    return _told(session, row)


def change(session: Session, viewer: Viewer, row: Channel, values: Values, title: str = "") -> Entry | None:
    """Set a channel's settings, and its title where one is given; None when nothing differs, Refusal with words."""
    settings = settings_type(row)
    if errors := check(settings, values):
        raise Refusal(errors)
    title = title.strip() or row.title
    before, after = {**row.settings, TITLE: row.title}, {**values, TITLE: title}
    changes = audit.differences(before, after)
    if not changes:
        return None
    row.settings, row.title = values, title
    hidden = secrets_of(settings)
    told = {name: (HIDDEN, HIDDEN) if name in hidden else pair for name, pair in changes.items()}
    entry = audit.record(session, viewer, audit.CHANGED, "channel", row.id, changes=told)
    session.flush()
    _told(session, row)
    return entry


def secrets_of(settings: type[Settings]) -> set[str]:
    """Name the settings that are never shown again."""
    return {setting.name for setting in manual(settings) if setting.kind == "secret"}


def take_back(session: Session, viewer: Viewer, row: Channel, entry_id: int) -> Entry | None:
    """Undo a change of settings; what was changed again since stays. Secrets cannot be brought back."""
    entry = session.get(Entry, entry_id)
    if entry is None or (entry.kind, entry.record_id) != ("channel", row.id):
        raise LookupError(entry_id)
    values, title = dict(row.settings), row.title
    for name, (before, after) in entry.changes.items():
        if name == TITLE and title == after:
            title = str(before)
        elif name != TITLE and before != HIDDEN and values.get(name) == after:
            values[name] = before
    return change(session, viewer, row, values, title)


def settings_type(row: Channel) -> type[Settings]:
    """Give the settings of a channel's connector; Refusal when that is not installed."""
    kind = connector_kinds().get(row.kind)
    if kind is None:
        raise Refusal({"": _("Its connector “%(kind)s” is not installed.", kind=row.kind)})
    return kind.settings_type


def _told(session: Session, row: Channel) -> Channel:
    session.flush()
    announce(session, Notice(kind="channel", id=row.id, audience=OVERSEERS))
    return row

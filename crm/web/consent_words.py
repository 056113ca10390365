"""A line of the ledger in words: what happened, where, by whom, and what was agreed to."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from crm.consent_taking import GROUNDS
from crm.consents import (
    API,
    ASKED,
    CALL,
    CHAT,
    CONSENT,
    FORM,
    GIVEN,
    IMPORT,
    MAIL,
    PAGE,
    PERSON,
    WITHDRAWN,
    Consent,
)
from hub.languages import N_, _
from hub.users import User

STATES: Mapping[str, str] = {
    ASKED: N_("asked, not confirmed yet"), GIVEN: N_("agreed"), WITHDRAWN: N_("took it back"),
}  # fmt: skip
SOURCES: Mapping[str, str] = {
    FORM: N_("by a form"), CALL: N_("by telephone"), MAIL: N_("by a letter"), CHAT: N_("in a chat"),
    PAGE: N_("on his page"), IMPORT: N_("from a file"), PERSON: N_("told to a colleague"), API: N_("by a program"),
}  # fmt: skip


def told(session: Session, line: Consent) -> str:
    """Say how a line came to be."""
    who = session.get(User, line.by) if line.by else None
    parts = [_(SOURCES.get(line.source, line.source)), line.place]
    if who is not None:
        parts.append(_("written down by %(name)s", name=who.name))
    if line.ground != CONSENT:
        parts.append(_(GROUNDS.get(line.ground, line.ground)))
    if line.words:
        parts.append(_("“%(text)s”", text=line.words))
    if line.address:
        parts.append(_("from %(address)s", address=line.address))
    return " · ".join(part for part in parts if part)


def named(kind: str, value: str) -> str:
    """Give an address as it is chosen: a mail address as it is, another with its messenger before it."""
    return value if kind == MAIL else f"{kind}:{value}"

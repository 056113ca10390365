"""Have people look again at a card to which something came."""

from __future__ import annotations

from sqlalchemy.orm import Session

from hub.bus import Audience, Notice
from hub.db import announce


def look_again(session: Session, contact_id: int, *audiences: Audience) -> None:
    """Have everybody look again who sees the card, be it as his own or by the task."""
    everybody = Audience(
        users=frozenset().union(*[each.users for each in audiences]),
        departments=frozenset().union(*[each.departments for each in audiences]),
        roles=frozenset().union(*[each.roles for each in audiences]),
    )
    announce(session, Notice(kind="contact", id=contact_id, audience=everybody))

"""By which way a campaign goes: a mailbox, or a messenger whose rules let many be written to who agreed."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import chats, letter_boxes
from crm.campaigns import MAIL
from crm.desk import Refusal
from hub.channels import Channel, connector_kinds
from hub.chats import Rules
from hub.languages import _

TEXT, TEMPLATE = "text", "template"


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """A channel by which a campaign may go; `why` says in words why it may not, "" where it may."""

    id: int
    name: str
    why: str = ""


def ways(session: Session) -> Sequence[Way]:
    """Give every mailbox, and every messenger, also those by which none may go."""
    boxes = [Way(id=each.id, name=f"{each.title} · {each.address}") for each in letter_boxes.boxes(session)]
    found = session.scalars(select(Channel).order_by(Channel.title, Channel.id)).all()
    known = [(each, chats.rules_of(each.kind)) for each in found]
    return boxes + [Way(id=each.id, name=each.title, why=_why_not(rules)) for each, rules in known if rules]


def handle_of(session: Session, channel_id: int | None) -> str:
    """Give the kind of handles that a campaign of a channel goes to; Refusal for where none goes."""
    channel = session.get(Channel, channel_id) if channel_id is not None else None
    rules = chats.rules_of(channel.kind) if channel is not None else None
    if rules is None:
        if channel_id is not None and letter_boxes.box(session, channel_id) is None:
            raise Refusal(_("There is no such mailbox."))
        return MAIL
    if why := _why_not(rules):
        raise Refusal(why)
    return rules.handle


def handles() -> list[str]:
    """Give the kinds of handles that campaigns by messengers go to."""
    found = (chats.rules_of(kind) for kind in connector_kinds())
    return sorted({rules.handle for rules in found if rules is not None and rules.many})


def rules_of(session: Session, channel_id: int | None) -> Rules | None:
    """Give the rules of a campaign's messenger; None where it goes by none."""
    channel = session.get(Channel, channel_id) if channel_id is not None else None
    return chats.rules_of(channel.kind) if channel is not None else None


def _why_not(rules: Rules) -> str:
    if rules.many:
        return ""
    if rules.window is not None:
        return _(
            "This messenger lets us answer who wrote lately, and write to nobody else: no campaign goes there."
        )
    return _("By this messenger no campaign goes: its rules do not say that many may be written to.")

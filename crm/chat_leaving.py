"""Leaving by a word: who writes STOP in a chat gets no more of what he was written to about there.

It is the list of the message that he answers, else of the last campaign that he got there; where that stands no more,
all lists that he gets there. The ledger says so, and one short message confirms it.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from sqlalchemy.orm import Session

from crm import campaign_answers, chat_writing, chats, consents, holders, leaving
from crm.campaign_messages import STOPS
from crm.campaigns import Campaign
from crm.chat_touches import Came
from crm.consents import ASKED, CHAT, GIVEN, Origin
from crm.deliveries import Delivery
from crm.desk import Refusal
from crm.mailing_lists import MailingList
from hub.chats import MessageReceived
from hub.languages import Listener, _, speaking_to
from hub.said import Said, said

LONGEST = 40  # letters of what may be such a word


class Leaving(NamedTuple):
    """The lists that somebody leaves, by what he got last, if that is known."""

    lists: Sequence[MailingList]
    copy: Delivery | None


def asked(session: Session, came: Came) -> Leaving | None:
    """Tell whether a message asks for no more, and of what; None where it does not, or nothing is sent to him.

    Who was asked whether he wants a list, and has not confirmed it, leaves that as well.
    """
    chat = came.place.chat
    if not is_stop(came.event) or not chat.key == chat.handle == came.event.sender.id:
        return None
    lines = consents.newest(session, chats.handle_kind(came.channel.kind), chat.handle)
    given = [list_id for list_id, line in lines.items() if line.state in {ASKED, GIVEN}]
    copy = campaign_answers.last_copy(session, chat, came.event.answers)
    own = session.get_one(Campaign, copy.campaign_id).list_id if copy is not None else None
    left = [own] if own in given else given
    if not left:
        return None
    return Leaving([session.get_one(MailingList, each) for each in left], copy if own in given else None)


def leave(session: Session, came: Came, what: Leaving, touch_id: int, around: int | None) -> None:
    """Have no more of it come, and confirm that once."""
    chat, kind = came.place.chat, chats.handle_kind(came.channel.kind)
    origin = Origin(source=CHAT, place=came.channel.title, words=came.event.text, contact_id=chat.contact_id,
                    interaction_id=touch_id)  # fmt: skip
    for each in what.lists:
        if what.copy is not None:
            leaving.leave(session, holders.of_copy(session, what.copy), origin)
        else:
            consents.withdraw(session, each.id, kind, chat.handle, origin)
    with speaking_to(Listener(what.lists[0].language)), suppress(Refusal):
        words = _("You get no more of “%(list)s” here.", list=", ".join(each.name for each in what.lists))
        chat_writing.add(session, chat, words, around)


def is_stop(event: MessageReceived) -> bool:
    """Tell whether a message is nothing but such a word."""
    words = event.text if len(event.text) <= LONGEST else ""
    return words.strip(" \t\r\n.!\"'“”«»").casefold() in STOPS


def told(what: Leaving) -> Said:
    """Say what he left."""
    return said("Left: %(list)s", list=", ".join(each.name for each in what.lists))

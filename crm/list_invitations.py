"""By what somebody joins a list in a messenger: a word that he writes, or a link that writes or carries it for him.

A list is offered there by its word alone; without one, neither a word nor a link does anything. What a link carries
names the list and bears a mark that only this hub can make (crm/chat_links.py).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import quote

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import chat_links, mailing_lists
from crm.mailing_lists import LONGEST_WORD, MailingList
from hub.channels import Channel, connector_kinds
from hub.languages import Listener, _, speaking_to

VERBS = ("START", "PRENUMERERA", "SUBSCRIBE")
"""What is written before the word of a list, however it is written."""
LONGEST = 2 * LONGEST_WORD + 10  # letters of what may be such a message
_AROUND = " \t\r\n.!\"'“”«»"
_PAYLOAD = re.compile(r"(?P<what>l(?P<list>[0-9a-z]{1,13}))-(?P<mark>[0-9a-f]{24})")


class Invitation(NamedTuple):
    """Where one joins a list by a channel; `href` is "" as long as nobody knows what the channel is called there."""

    channel_id: int
    title: str
    kind: str
    href: str


def invitations(session: Session, of: MailingList) -> Sequence[Invitation]:
    """Give the channels by which a list is joined; none where it is not offered."""
    rows = select(Channel).where(Channel.paused_at.is_(None)).order_by(Channel.title, Channel.id)
    offered = of.word and of.retired_at is None
    return [
        Invitation(row.id, row.title, row.kind, _href(session, of, row))
        for row in session.scalars(rows) if offered and is_offered_by(row.kind)
    ]  # fmt: skip


def is_offered_by(kind: str) -> bool:
    """Tell whether lists are joined by channels of a kind: those by which campaigns go."""
    made = connector_kinds().get(kind)
    return made is not None and made.rules is not None and bool(made.rules.many)


def phrase(of: MailingList) -> str:
    """Give what somebody writes to join a list, in its language."""
    with speaking_to(Listener(of.language)):
        return f"{_('START')} {of.word}"


def payload(session: Session, of: MailingList) -> str:
    """Give what a link to a list carries, "" before the hub has its key."""
    return chat_links.signed(session, f"l{chat_links.written(of.id)}")


def carried(session: Session, start: str) -> MailingList | None:
    """Give the list that a link is to; None where we did not make it, or the list is offered no more."""
    found = _PAYLOAD.fullmatch(start)
    if found is None or not chat_links.is_signed(session, found["what"], found["mark"]):
        return None
    return _offered(session.get(MailingList, int(found["list"], 36)))


def written(session: Session, text: str) -> MailingList | None:
    """Give the list that a message asks for, by a verb and its word and nothing else; None for any other message."""
    words = text.strip(_AROUND).lstrip("/").split() if len(text) <= LONGEST else []
    if len(words) != 2 or mailing_lists.spoken(words[0]) not in VERBS:  # noqa: PLR2004 - see above
        return None
    word = mailing_lists.spoken(words[1].strip(_AROUND))
    return _offered(session.scalar(select(MailingList).where(MailingList.word == word))) if word else None


def _offered(of: MailingList | None) -> MailingList | None:
    return of if of is not None and of.word and of.retired_at is None else None


def _href(session: Session, of: MailingList, channel: Channel) -> str:
    rules, name = connector_kinds()[channel.kind].rules, chat_links.name_of(session, channel)
    if rules is None or not name:
        return ""
    name, start = quote(name, safe=""), payload(session, of)
    if rules.link:
        return rules.link.format(name=name, start=start) if start else ""
    return rules.words_link.format(name=name, text=quote(phrase(of))) if rules.words_link else ""

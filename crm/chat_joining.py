"""Joining a list in a chat: by a word or a link, and where the list wants it by a button that confirms.

The ledger gets the words, the channel and the handle, and he is told what he agreed to and how he leaves. An edit joins
nothing, and what was sent before he left does not undo that. Whoever joins over and over is left to a person.
"""

from __future__ import annotations

import hmac
from base64 import b32encode
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import (
    chat_writing,
    chats,
    consent_answers,
    consents,
    first_answers,
    holders,
    leaving,
    list_invitations,
    suppressions,
)
from crm.chat_touches import Came
from crm.chats import Chat
from crm.consent_letters import LASTS
from crm.consents import ASKED, CHAT, GIVEN, WITHDRAWN, Consent, Origin
from crm.conversations import Interaction
from crm.desk import Refusal
from crm.mailing_lists import MailingList
from crm.setup import setup
from crm.suppressions import UNSUBSCRIBED, Suppression
from hub import proofs
from hub.channels import Channel, LiveChannel
from hub.chats import Button
from hub.clock import now
from hub.languages import Listener, _, speaking_to
from hub.said import Said, said

MOST, WITHIN = 10, timedelta(days=1)
"""So many lines somebody has within this time by joining; what he writes then is read by a person."""
YES = "join-"
"""How what the button sends begins that confirms."""
PROOF, DIGITS = 15, 15


class Joining(NamedTuple):
    """The list that somebody joins, and what he was asked about it, where he presses the button that confirms it."""

    list: MailingList
    asked: Consent | None = None


class At(NamedTuple):
    """Where he joins, when by his messenger, and what he wrote or followed; `touch_id` is how it stands on his card."""

    chat: Chat
    channel: LiveChannel
    wrote: str
    at: datetime
    touch_id: int
    around: int | None


def wanted(session: Session, came: Came, at: datetime) -> Joining | None:
    """Tell whether a message asks for a list, or confirms that; None where it does not, or a person is to see it."""
    chat, event = came.place.chat, came.event
    if came.edited or event.sender.id != chat.handle:
        return None
    joining = _confirmed(session, chat, came.channel.kind, event.pressed)
    if joining is None and not event.pressed and (of := list_invitations.written(session, event.text)):
        joining = Joining(of)
    return (
        joining
        if joining is not None and may_join(session, chat, came.channel.kind, joining.list, at)
        else None
    )


def by_link(session: Session, channel: LiveChannel, chat: Chat, start: str, at: datetime) -> Joining | None:
    """Tell to which list the link leads by which somebody comes; None where it leads to none, as in `wanted`."""
    of = list_invitations.carried(session, start)
    return Joining(of) if of is not None and may_join(session, chat, channel.kind, of, at) else None


def may_join(session: Session, chat: Chat, kind: str, of: MailingList, at: datetime) -> bool:
    """Tell whether a chat may join a list by itself: it is his own, he can be answered, and nothing stands against it.

    `at` is when he asked for it: if he left after that, it is late news.
    """
    if chat.key != chat.handle or chat.blocked_at is not None or not list_invitations.is_offered_by(kind):
        return False
    handle = chats.handle_kind(kind)
    last = consents.newest(session, handle, chat.handle).get(of.id)
    if last is not None and last.state == WITHDRAWN and _written_at(session, last) > at:
        return False
    forbidden = select(Suppression.id).where(
        Suppression.lifted_at.is_(None), Suppression.kind == handle, Suppression.value == chat.handle,
        Suppression.reason != UNSUBSCRIBED, suppressions.counts_for(of.id),
    )  # fmt: skip
    return (
        session.scalar(forbidden.limit(1)) is None
        and _lately(session, handle, chat.handle) < MOST
        and first_answers.may_speak(session, chat)
    )


def join(session: Session, what: Joining, where: At) -> None:
    """Write it down, and answer what he agreed to; or ask him to confirm it, where the list wants that."""
    handle, chat = chats.handle_kind(where.channel.kind), where.chat
    last = consents.newest(session, handle, chat.handle).get(what.list.id)
    held = last is not None and last.state == GIVEN
    if what.asked is not None and not held and (last is None or last.state == WITHDRAWN):
        _say(session, what.list, where, _too_late)  # he left since he was asked
    elif held and last is not None:
        _tell(session, what.list, where, last)
    elif what.asked is None and what.list.confirms:
        ask(session, chat, what.list, _origin(what, where), around=where.around)
    else:
        _tell(
            session,
            what.list,
            where,
            consents.give(session, what.list.id, handle, chat.handle, _origin(what, where)),
        )


def ask(session: Session, chat: Chat, of: MailingList, origin: Origin, *, around: int | None = None) -> None:
    """Ask somebody in his chat to confirm that he wants a list; what he was asked already is asked again."""
    handle = chats.handle_kind(session.get_one(Channel, chat.channel_id).kind)
    last = consents.newest(session, handle, chat.handle).get(of.id)
    fresh = last is not None and last.state == ASKED and last.at > now() - LASTS / 2
    line = last if fresh and last is not None else consents.ask(session, of.id, handle, chat.handle, origin)
    with speaking_to(Listener(of.language)), suppress(Refusal):
        words = [
            _("“%(list)s” by %(company)s.", list=of.name, company=setup(session).company.name), of.words,
            _("Press the button, and it comes. Without that nothing does."),
        ]  # fmt: skip
        button = Button(text=_("Yes, send it"), payload=f"{YES}{_token(session, line)}")
        chat_writing.add(session, chat, "\n\n".join(filter(None, words)), around, (button,))


def told(what: Joining) -> Said:
    """Say what he wants."""
    if what.asked is not None:
        return said("Confirmed: %(list)s", list=what.list.name)
    return said("Asked for: %(list)s", list=what.list.name)


def _tell(session: Session, of: MailingList, where: At, line: Consent) -> None:
    """Say to what he agreed, how he leaves, and where he chooses."""

    def words() -> Sequence[str]:
        base = consent_answers.base(where.channel.connector)
        choose = leaving.unsubscribe_url(base, holders.token(session, line)) if base else ""
        return (
            _("You get “%(list)s” here.", list=of.name), line.words or of.words, _("Write STOP to get no more."),
            _("What comes to you: %(address)s", address=choose) if choose else "",
        )  # fmt: skip

    _say(session, of, where, words)


def _say(session: Session, of: MailingList, where: At, words: Callable[[], Sequence[str]]) -> None:
    with speaking_to(Listener(of.language)), suppress(Refusal):
        chat_writing.add(session, where.chat, "\n\n".join(filter(None, words())), where.around)


def _too_late() -> Sequence[str]:
    return (_("That was asked before you left. Write to us if you want it again."),)


def _confirmed(session: Session, chat: Chat, kind: str, pressed: str) -> Joining | None:
    """Give what a button confirms that we put below a question to this chat, within its time."""
    number, _dash, proof = pressed.removeprefix(YES).partition("-")
    is_number = 0 < len(number) <= DIGITS and all(each in "0123456789abcdef" for each in number)
    if not pressed.startswith(YES) or not is_number:
        return None
    line, key = session.get(Consent, int(number, 16)), proofs.key_of(session)
    if line is None or key is None or line.state != ASKED or line.at < now() - LASTS:
        return None
    if (line.kind, line.value) != (chats.handle_kind(kind), chat.handle):
        return None
    of = session.get_one(MailingList, line.list_id)
    is_ours = hmac.compare_digest(_proof(key, line.id).encode(), proof.encode())
    return Joining(of, line) if is_ours and of.retired_at is None else None


def _token(session: Session, line: Consent) -> str:
    return f"{line.id:x}-{_proof(proofs.key_of(session) or proofs.make_key(session), line.id)}"


def _proof(key: str, number: int) -> str:
    proof = hmac.digest(key.encode(), f"join {number}".encode(), sha256)[:PROOF]
    return b32encode(proof).decode().rstrip("=").lower()


def _origin(what: Joining, where: At) -> Origin:
    words = what.asked.words if what.asked is not None else what.list.words
    return Origin(source=CHAT, place=f"{where.channel.title} · {where.wrote}", words=words,
                  contact_id=where.chat.contact_id, interaction_id=where.touch_id)  # fmt: skip


def _lately(session: Session, kind: str, value: str) -> int:
    """Count how often somebody joined of late."""
    joined = select(func.count()).select_from(Consent).where(
        Consent.kind == kind, Consent.value == value, Consent.state != WITHDRAWN, Consent.at > now() - WITHIN
    )  # fmt: skip
    return session.scalar(joined) or 0


def _written_at(session: Session, line: Consent) -> datetime:
    """Give when somebody took it back: by his messenger's clock, where he did it in a chat."""
    touch = session.get(Interaction, line.interaction_id) if line.interaction_id is not None else None
    return touch.at if touch is not None else line.at

"""Answers that are a yes to a list: a form's tick, or what somebody is asked before a chat.

Whoever sets up the form says of a field that it is the consent to a list. The line keeps the question as it was asked,
the words of the list, the page, and from which network address it came.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy.orm import Session

from crm import addresses, consent_letters, fields
from crm.chat_bot import EMAIL
from crm.consents import CHAT, FORM, Origin
from crm.conversations import Interaction
from crm.mailing_lists import MailingList, list_meant
from hub.channels import LiveChannel
from hub.connector import Connector
from hub.events import MessageReceived
from hub.forms import Field, FormSubmitted
from hub.journal import Inbound
from hub.said import said

MOST = 20  # lists that one request agrees to
INTAKE = "/in/"


def of_form(
    session: Session, item: Inbound, channel: LiveChannel, event: FormSubmitted, interaction_id: int
) -> None:  # fmt: skip
    """Write down to which lists a form agrees."""
    page = next((each.value for each in event.origin if each.label == "page_url"), "")
    origin = Origin(source=FORM, place=" · ".join(filter(None, (channel.title, event.form, page))))
    _hear(session, item, channel, _Agreeing(event.fields, event.email, origin, interaction_id))


def of_chat(
    session: Session, item: Inbound, channel: LiveChannel, event: MessageReceived, interaction_id: int
) -> None:  # fmt: skip
    """Write down to which lists somebody agreed before a chat."""
    email = next((each.value for each in event.answered if each.means == EMAIL), "")
    origin = Origin(source=CHAT, place=channel.title)
    _hear(session, item, channel, _Agreeing(event.answered, email, origin, interaction_id))


class _Agreeing(NamedTuple):
    """What may agree to lists: what it answers, for which address, where, and what it became."""

    answers: Sequence[Field]
    email: str
    origin: Origin
    interaction_id: int


def _hear(session: Session, item: Inbound, channel: LiveChannel, heard: _Agreeing) -> None:
    """Write it down, and say so beside it. Only a clear yes is one, and only for an address that was given."""
    yes = [(list_meant(each.means), each) for each in heard.answers if _is_yes(each.value)]
    agreed = [(list_id, each) for list_id, each in yes if list_id is not None][:MOST]
    if not agreed:
        return
    touch, address = session.get_one(Interaction, heard.interaction_id), addresses.read(heard.email)
    for list_id, answer in agreed:
        of = session.get(MailingList, list_id)
        if of is None:
            continue
        if of.retired_at is not None:
            remark = said(
                "Agrees to “%(list)s”, which is in use no more: nothing is written by it.", list=of.name
            )
        elif address is None:
            remark = said("Agrees to “%(list)s”, but gives no mail address.", list=of.name)
        else:
            words = "\n".join(dict.fromkeys(filter(None, (answer.label.strip(), of.words))))
            origin = msgspec.structs.replace(
                heard.origin, words=words, address=item.headers.get(":remote", ""), contact_id=touch.contact_id,
                interaction_id=touch.id,
            )  # fmt: skip
            consent_letters.agree(session, of, address.handle, origin, base(channel.connector))
            remark = said("Agrees to “%(list)s”.", list=of.name)
        touch.remarks = [*touch.remarks, remark]


def _is_yes(value: str) -> bool:
    return value.strip().casefold() in fields.YES


def base(connector: Connector) -> str:
    """Give the address of the hub, "" where nobody set one."""
    return connector.address.partition(INTAKE)[0]

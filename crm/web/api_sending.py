"""A program sends a letter, or says something in a chat: an answer in a conversation, or something new."""

from __future__ import annotations

import asyncio

from aiohttp import web
from msgspec.structs import replace
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import addresses, contacts, letter_boxes, letter_replies, letter_writing, light_text
from crm.contacts import Contact, identity
from crm.conversations import Conversation, Interaction
from crm.desk import Refusal
from crm.letter_boxes import Box
from crm.letter_doubts import Doubtful
from crm.letters import Letter
from crm.rights import contact_for, conversation_for
from crm.sendings import Wanted
from crm.setup import setup
from crm.web import api_chats
from crm.web.api_letter_shapes import AddressIn, FileIn, MessageIn, MessageOut
from crm.web.api_messages import shown
from crm.web.api_references import contact_with, refused
from hub.blobs import Blobs
from hub.channels import Channel
from hub.languages import _
from hub.letters import Address, Enclosure
from hub.users import Viewer
from hub.web.api import endpoint, write
from hub.web.keys import BLOBS
from hub.web.pages import viewer_of


@endpoint("POST", "/messages", scope="messages:write", body=MessageIn, returns=MessageOut, status=202, errors=(409,),
          summary="Send a letter or a message")  # fmt: skip
async def send(request: web.Request, body: MessageIn) -> MessageOut:
    """Send a letter or a message; it is in the outbox at once, and `fate` says how far it is."""
    files = tuple([await _kept(request.app[BLOBS], each) for each in body.attachments])
    await asyncio.to_thread(light_text.prepare, body.text)
    return await write(request, _send, viewer_of(request), body, files)


async def _kept(blobs: Blobs, file: FileIn) -> Enclosure:
    """Keep a file before the row that names it."""
    blob = await blobs.put(file.content)
    return Enclosure(
        name=" ".join(file.name.split()) or _("file"), type=file.type, blob=blob, size=len(file.content)
    )


def _send(session: Session, viewer: Viewer, body: MessageIn, files: tuple[Enclosure, ...]) -> MessageOut:
    conversation = _conversation(session, viewer, body)
    if (chat := api_chats.chat_for(session, viewer, body, conversation)) is not None:
        return shown(session, viewer, api_chats.say(session, viewer, chat, body, files))
    wanted = replace(_wanted(session, viewer, body, conversation), files=files)
    try:
        touch = letter_writing.write(session, viewer, wanted, knowing=body.knowing)
    except Doubtful as doubtful:
        raise refused(str(doubtful), "/knowing") from None
    except Refusal as refusal:
        raise refused(str(refusal), "/text") from None
    return shown(session, viewer, touch.id)


def _conversation(session: Session, viewer: Viewer, body: MessageIn) -> Conversation | None:
    found = conversation_for(session, viewer, body.conversation) if body.conversation is not None else None
    if found is None and body.conversation is not None:
        raise refused(_("There is no such conversation."), "/conversation")
    return found


def _wanted(session: Session, viewer: Viewer, body: MessageIn, conversation: Conversation | None) -> Wanted:
    to, cc, blind = (
        _people(people, name) for name, people in (("to", body.to), ("cc", body.cc), ("bcc", body.bcc))
    )
    touch = _newest(session, conversation.id) if conversation else None
    contact = _contact(session, viewer, body, touch, to)
    box = _box(session, viewer, body, contact)
    begun = letter_replies.begun(session, contact, box.id, touch, "reply" if touch else "new")
    return replace(
        begun, to=to or begun.to, cc=cc, blind=blind, subject=begun.subject if body.subject is None else body.subject,
        body=body.text, conversation_id=body.conversation, at=body.at, automatic=body.automatic, quotes=False,
    )  # fmt: skip


def _newest(session: Session, conversation_id: int) -> Interaction | None:
    """Give what is answered in a conversation: the letter that came last, else ours."""
    letters = select(Interaction).join(Letter, Letter.interaction_id == Interaction.id).where(
        Interaction.conversation_id == conversation_id, Letter.kind.in_(("person", "list", "form"))
    )  # fmt: skip
    return session.scalar(letters.order_by(Interaction.direction != "in", Interaction.id.desc()).limit(1))


def _contact(
    session: Session, viewer: Viewer, body: MessageIn, touch: Interaction | None, to: tuple[Address, ...]
) -> Contact:
    """Give on whose card it stands: the conversation's, the one that is named, else whose address it is."""
    if touch is not None:
        return session.get_one(Contact, touch.contact_id)
    if body.contact is not None:
        return contact_with(session, viewer, body.contact)
    country = setup(session).company.country
    for each in to:
        likely = contacts.owners(session, identity("", each.address, country))
        if likely and (found := contact_for(session, viewer, likely[0].contact_id)):
            return found
    raise refused(_("Say on whose card it stands: nobody that is known has these addresses."), "/contact")


def _box(session: Session, viewer: Viewer, body: MessageIn, contact: Contact) -> Box:
    if body.channel is not None:
        channel = session.scalar(select(Channel).where(Channel.name == body.channel))
        found = letter_boxes.box(session, channel.id) if channel else None
    else:
        found = letter_boxes.box_for(session, viewer, contact, body.conversation)
    if found is None:
        raise refused(_("There is no such mailbox, or it has no address."), "/channel")
    return found


def _people(people: tuple[AddressIn, ...], name: str) -> tuple[Address, ...]:
    for number, each in enumerate(people):
        if addresses.read(each.address) is None:
            raise refused(_("“%(what)s” is no mail address.", what=each.address), f"/{name}/{number}/address")
    return tuple(Address(" ".join(each.name.split()), each.address.strip()) for each in people)

"""What a WhatsApp web hook tells: messages, reactions, what was changed or taken back, and what became of ours.

Somebody is known by his number as WhatsApp has it (`wa_id`, E.164 without the +), which may differ from what he is
dialled by; who hides it has an id of his own with this business (a BSUID such as SE.13491208655302741918).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from connectors.meta.errors import cause, trouble, words
from connectors.meta.hooks import Thing, digest
from connectors.meta.told import Told, identity, line, moment, part, parts, text
from connectors.whatsapp.contents import content_of
from hub.chats import ChatChanged, Chatter, MessageEdited, MessageFate, MessageReacted, MessageReceived
from hub.events import Event
from hub.forms import Field
from hub.said import said

OBJECT = "whatsapp_business_account"
_DIGITS = re.compile(r"\d{5,20}")
_FATES: Mapping[str, Literal["sent", "delivered", "read", "failed"]] = {
    "sent": "sent", "delivered": "delivered", "read": "read", "played": "read", "failed": "failed",
}  # fmt: skip


def things_of(told: Told) -> Sequence[Thing]:
    """Give what a post is made of; ValueError where it is none of WhatsApp's."""
    if line(told, "object") != OBJECT:
        raise ValueError(said("It is no post of WhatsApp."))
    return [
        thing for entry in parts(told, "entry") for change in parts(entry, "changes")
        for thing in _things(entry, change)
    ]  # fmt: skip


def understood(thing: Thing, own: str, department: str) -> Iterator[Event]:
    """Give what one thing means; `own` is our number's id, "" where it is not set up yet."""
    change = next(parts(next(parts(thing.told, "entry")), "changes"))
    value = part(change, "value")
    number = identity(part(value, "metadata"), "phone_number_id")
    if line(change, "field") != "messages":
        return  # of the account, or what we ourselves wrote on a telephone: nothing that a customer says
    if own and number != own:
        words_ = said(
            "It is for the number with the ID %(id)s, which is another channel's: set up one for it.",
            id=number or "—",
        )
        raise ValueError(words_)
    for message in parts(value, "messages"):
        yield _heard(message, _sender(value, message), department)
    for status in parts(value, "statuses"):
        yield from _fate(status)
    for error in parts(value, "errors"):
        raise ValueError(said("WhatsApp reports: %(words)s", words=words(trouble(error))))


def _things(entry: Told, change: Told) -> Iterator[Thing]:
    value = part(change, "value")
    number = identity(part(value, "metadata"), "phone_number_id")
    for message in parts(value, "messages"):
        contacts = [each for each in parts(value, "contacts") if _is_of(each, message)]
        told = _alone(entry, change, {"contacts": contacts, "messages": [message]})
        yield Thing(
            f"message {identity(message, 'id') or digest(message)}", f"{number} {_who(message)}", told
        )
    for status in parts(value, "statuses"):
        what = [identity(status, name) for name in ("status", "id", "timestamp")]
        yield Thing(" ".join(what), "", _alone(entry, change, {"statuses": [status]}))
    for error in parts(value, "errors"):
        yield Thing(
            f"error {digest([error, entry.get('time')])}", "", _alone(entry, change, {"errors": [error]})
        )
    if not any(name in value for name in ("messages", "statuses", "errors")):
        yield Thing(f"{line(change, 'field')} {digest(value)}", "", _alone(entry, change, value))


def _alone(entry: Told, change: Told, what: Told) -> Told:
    """Make a post of one thing."""
    value = part(change, "value")
    kept = {name: value[name] for name in ("messaging_product", "metadata") if name in value}
    changes = [{"field": line(change, "field"), "value": {**kept, **what}}]
    return {"object": OBJECT, "entry": [{**entry, "changes": changes}]}


def _who(message: Told) -> str:
    return identity(message, "from") or identity(message, "from_user_id")


def _is_of(contact: Told, message: Told) -> bool:
    known = {identity(contact, "wa_id"), identity(contact, "user_id")} - {""}
    return bool(known & {identity(message, "from"), identity(message, "from_user_id")})


def _sender(value: Told, message: Told) -> Chatter:
    who = _who(message)
    if not who:
        raise ValueError(said("It does not say who wrote it."))
    contact = next((each for each in parts(value, "contacts") if _is_of(each, message)), {})
    profile = part(contact, "profile")
    return Chatter(
        id=who, name=line(profile, "name"), username=line(profile, "username"),
        phone=f"+{who}" if _DIGITS.fullmatch(who) else "",
    )  # fmt: skip


def _heard(message: Told, sender: Chatter, department: str) -> Event:
    """Read one message, whatever it does."""
    key, at = identity(message, "id"), moment(message, "timestamp")
    kind = line(message, "type")
    about = part(message, kind)
    if not key:
        raise ValueError(said("The message has no id."))
    if kind == "reaction":
        emoji = line(about, "emoji")
        return MessageReacted(
            message=identity(about, "message_id"),
            chat=sender.id,
            sender=sender,
            emoji=(emoji,) if emoji else (),
            at=at,
        )
    if kind == "revoke":
        return MessageEdited(
            key=identity(about, "original_message_id"), chat=sender.id, at=at, withdrawn=True
        )
    if kind == "edit":
        changed = content_of(part(about, "message")).text
        return MessageEdited(key=identity(about, "original_message_id"), chat=sender.id, at=at, text=changed)
    if kind == "request_welcome":
        return ChatChanged(chat=sender.id, sender=sender, what="began", at=at)
    return _received(message, sender, department)


def _received(message: Told, sender: Chatter, department: str) -> MessageReceived:
    content, context, referral = content_of(message), part(message, "context"), part(message, "referral")
    return MessageReceived(
        key=identity(message, "id"),
        chat=sender.id,
        sender=sender,
        at=moment(message, "timestamp"),
        text=content.text,
        media=content.media,
        spot=content.spot,
        cards=content.cards,
        answers=identity(context, "id"),
        start=identity(referral, "source_id"),
        pressed=content.pressed,
        origin=tuple(_origin(referral, part(context, "referred_product"))),
        department=department,
        remarks=(*content.remarks, *_remarks(message, context)),
    )


def _origin(referral: Told, product: Told) -> Iterator[Field]:
    """Give the advertisement or the thing in a catalogue from which somebody writes."""
    fields = {
        "page_url": text(referral, "source_url"), "page_title": line(referral, "headline"),
        "ad": line(referral, "source_id"), "ctwa_clid": identity(referral, "ctwa_clid"),
        "product": line(product, "product_retailer_id"), "catalog": line(product, "catalog_id"),
    }  # fmt: skip
    return (Field(label, value) for label, value in fields.items() if value)


def _remarks(message: Told, context: Told) -> Iterator[str]:
    if context.get("forwarded") is True or context.get("frequently_forwarded") is True:
        yield said("Passed on from somebody else.")
    if identity(message, "group_id"):
        yield said("Written in a group; an answer goes to the writer alone.")


def _fate(status: Told) -> Iterator[MessageFate]:
    """Give what became of a message of ours; its id says which, for the number beside it may be written otherwise."""
    fate = _FATES.get(line(status, "status"))
    message = identity(status, "id")
    if fate is None or not message:
        return
    troubles = [trouble(each) for each in parts(status, "errors")] if fate == "failed" else []
    yield MessageFate(
        fate=fate, messages=(message,), at=moment(status, "timestamp"), why=" ".join(map(words, troubles)),
        cause=next(filter(None, map(cause, troubles)), ""),
    )  # fmt: skip

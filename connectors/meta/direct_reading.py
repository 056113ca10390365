"""What Messenger and Instagram tell by web hook: both are told of in one way.

https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events,
https://developers.facebook.com/docs/instagram-messaging/webhooks. Somebody has an id for each page that he writes to,
so that his handle is the page's id and his; who he is, nothing says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from connectors.meta.attachments import attached_to
from connectors.meta.hooks import Thing, digest
from connectors.meta.told import Told, identity, line, moment, part, parts, text
from hub.chats import ChatChanged, Chatter, MessageEdited, MessageFate, MessageReacted, MessageReceived
from hub.events import Event
from hub.forms import Field
from hub.said import said

MS = 1_000
_FATES = ("delivery", "read")
_KINDS = ("message", "postback", "reaction", "message_edit", "referral", "optin", *_FATES)


def things_of(told: Told, kind: str) -> Sequence[Thing]:
    """Give what a post is made of; ValueError where it is no post of this `kind` ("page" or "instagram")."""
    if line(told, "object") != kind:
        raise ValueError(said("It is no post about a channel of this kind."))
    return [_thing(kind, entry, *each) for entry in parts(told, "entry") for each in _happened(entry)]


def understood(thing: Thing, own: str, department: str) -> Iterator[Event]:
    """Give what one thing means; `own` is our page's or account's id, "" where it is not set up yet."""
    entry = next(parts(thing.told, "entry"))
    page = identity(entry, "id")
    for name, happened in _happened(entry):
        if name not in {"messaging", "standby"}:
            continue  # a comment or the like
        if own and page != own:
            raise ValueError(
                said(
                    "It is for the page %(id)s, which is another channel's: set up one for it.",
                    id=page or "—",
                )
            )
        if (
            part(happened, "message").get("is_echo") is True
            or identity(part(happened, "sender"), "id") == page
        ):
            continue  # we ourselves wrote it
        yield from _event(page, happened, department, is_standby=name == "standby")


def _happened(entry: Told) -> Iterator[tuple[str, Told]]:
    """Give each thing with the list in which it stands; Instagram puts messages among the changes as well."""
    for name in ("messaging", "standby"):
        yield from ((name, each) for each in parts(entry, name))
    for change in parts(entry, "changes"):
        value = part(change, "value")
        yield ("messaging", value) if part(value, "sender") else (line(change, "field") or "changes", change)


def _thing(kind: str, entry: Told, name: str, happened: Told) -> Thing:
    kept = {key: entry[key] for key in ("id", "time") if key in entry}
    where = name if name in {"messaging", "standby"} else "changes"
    told: Told = {"object": kind, "entry": [{**kept, where: [happened]}]}
    message = part(happened, "message")
    mid = identity(message, "mid")
    what = next((each for each in _KINDS if each in happened), name)
    if mid:
        what = (
            "echo"
            if message.get("is_echo") is True
            else "deleted"
            if message.get("is_deleted") is True
            else what
        )
    who = identity(part(happened, "sender"), "id")
    ordered = where != "changes" and what not in {*_FATES, "echo"} and bool(who)
    return Thing(
        f"{what} {mid or digest(happened)}", f"{identity(entry, 'id')} {who}" if ordered else "", told
    )


def _event(page: str, happened: Told, department: str, *, is_standby: bool) -> Iterator[Event]:
    who, at = identity(part(happened, "sender"), "id"), moment(happened, "timestamp", per_second=MS)
    kind = next((each for each in _KINDS if each in happened), "")
    if not kind:
        return  # who has the conversation now, an account that was linked: nothing that somebody says
    if not who:
        raise ValueError(said("It does not say who wrote it."))
    sender, told = Chatter(id=f"{page}:{who}"), part(happened, kind)
    if kind == "message" and told.get("is_deleted") is True:
        yield MessageEdited(key=identity(told, "mid"), chat=who, at=at, withdrawn=True)
    elif kind in {"message", "postback"}:
        yield _received(happened, kind, sender, department, is_standby=is_standby)
    elif kind == "message_edit":
        yield MessageEdited(key=identity(told, "mid"), chat=who, at=at, text=text(told, "text"))
    elif kind == "reaction":
        shown = line(told, "emoji", "reaction") if line(told, "action") != "unreact" else ""
        emoji = (shown,) if shown else ()
        yield MessageReacted(message=identity(told, "mid"), chat=who, sender=sender, emoji=emoji, at=at)
    elif kind in _FATES:
        yield from _fate(kind, told, who, happened)
    else:
        origin = tuple(_origin(told))
        yield ChatChanged(
            chat=who, sender=sender, what="began", at=at, start=line(told, "ref"), origin=origin
        )


def _received(
    happened: Told, kind: str, sender: Chatter, department: str, *, is_standby: bool
) -> MessageReceived:
    told = part(happened, kind)
    attached, reply = attached_to(told), part(told, "reply_to")
    referral, story = part(told, "referral"), part(reply, "story")
    pressed = line(told, "payload") if kind == "postback" else line(part(told, "quick_reply"), "payload")
    words = [text(told, "text", "title"), *attached.lines]
    return MessageReceived(
        key=identity(told, "mid") or f"{kind} {digest(happened)}",
        chat=sender.id.partition(":")[2],
        sender=sender,
        at=moment(happened, "timestamp", per_second=MS),
        text="\n".join(filter(None, words)),
        media=attached.media,
        spot=attached.spot,
        answers=identity(reply, "mid"),
        start=line(referral, "ref"),
        pressed=pressed,
        origin=tuple(_origin(referral)),
        department=department,
        remarks=(*attached.remarks, *_remarks(told, story, is_standby=is_standby)),
    )


def _origin(referral: Told) -> Iterator[Field]:
    """Give the advertisement, link or thing in a shop by which somebody came."""
    fields = {
        "page_url": text(referral, "referer_uri"), "page_title": line(part(referral, "ads_context_data"), "ad_title"),
        "ad": identity(referral, "ad_id"), "product": identity(part(referral, "product"), "id"),
        "source": line(referral, "source"),
    }  # fmt: skip
    return (Field(label, value) for label, value in fields.items() if value)


def _remarks(told: Told, story: Told, *, is_standby: bool) -> Iterator[str]:
    if story:
        yield said("An answer to our story.")
    if told.get("is_unsupported") is True:
        yield said("Meta does not hand over messages of this kind; ask what was in it.")
    if is_standby:
        yield said("At Meta another app has this conversation: an answer from here may be refused.")


def _fate(kind: str, told: Told, who: str, happened: Told) -> Iterator[MessageFate]:
    """Give what became of messages: those that are named, else all that left before a moment."""
    at = moment(happened, "timestamp", per_second=MS)
    mids = told.get("mids")
    named = (
        [identity({"mid": mid}, "mid") for mid in mids] if isinstance(mids, list) else [identity(told, "mid")]
    )
    messages = tuple(filter(None, named))
    up_to = None if messages else moment(told, "watermark", per_second=MS)
    if messages or up_to:
        fate = "read" if kind == "read" else "delivered"
        yield MessageFate(fate=fate, chat=who, messages=messages, up_to=up_to, at=at)  # type: ignore[arg-type]

"""Writing in chats: what somebody says is on the card and in the outbox at once, by one transaction.

Each message is one interaction and one command; those of a chat leave in their order. One that did not leave, or of
which nobody knows, is sent again by whoever decides so: as a new command, of the same message.
"""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import chat_answers, chat_wanted, chats, conversations, settling, troubles, turns
from crm.attachments import Attachment
from crm.chat_sendings import ChatSending
from crm.chat_wanted import Wanted as Wanted  # noqa: PLC0414 - whoever says something has it all of one place
from crm.chats import Chat, ChatMessage
from crm.contacts import Contact
from crm.conversations import Interaction
from crm.desk import Refusal, contact_changed
from hub import audit, outbox, rests
from hub.channels import Channel, connector_kinds
from hub.chats import Button, Rules, SendMessage, ShowTyping
from hub.clock import now
from hub.lanes import HINTS
from hub.languages import _
from hub.outbox import Outgoing
from hub.rows import insert, insert_many
from hub.said import Said, said
from hub.shapes import convert
from hub.users import Viewer

LIFETIME = timedelta(hours=24)
TYPING = timedelta(seconds=5)
SUMMARY = 160


def say(session: Session, viewer: Viewer, wanted: Wanted) -> list[Interaction]:
    """Say something in a chat, and give the interactions that it became; Refusal says in words why it cannot."""
    # Of two who write there at once one comes after the other, so that it leaves in this order.
    chat = session.get(Chat, wanted.chat_id, with_for_update=True, populate_existing=True)
    if chat is None:
        raise Refusal(_("There is no such chat."))
    channel, rules = _open(session, chat, by_template=bool(wanted.template))
    templates = chats.templates_of(channel) if wanted.template else ()
    first, *others = chat_wanted.messages(wanted, rules, templates, chat.key)
    answered = _answered(session, chat, wanted.answers)
    first = replace(first, answers=answered.remote_id or "" if answered else "")
    conversation_id = _conversation(session, viewer, chat, chat_wanted.words_of(first))
    writer = None if wanted.automatic else viewer
    touches = [_write(session, writer, chat, conversation_id, each) for each in (first, *others)]
    if not wanted.automatic:
        session.add_all(ChatSending(interaction_id=each.id, closed=[], met=[]) for each in touches)
    if answered is not None:
        session.get_one(ChatMessage, touches[0].id).answers_id = answered.interaction_id
    for touch, message in zip(touches, (first, *others), strict=True):
        _send(session, chat, rules, touch, message)
    _count(session, viewer, touches[0], conversation_id, automatic=wanted.automatic)
    return touches


def add(
    session: Session, chat: Chat, text: str, around: int | None, buttons: tuple[Button, ...] = ()
) -> None:
    """Say something in a chat by ourselves, in a conversation that there is, or in none; Refusal as in `say`."""
    _channel, rules = _open(session, chat, by_template=False)
    wanted = Wanted(chat_id=chat.id, text=text, buttons=buttons, automatic=True)
    for message in chat_wanted.messages(wanted, rules, (), chat.key):
        _send(session, chat, rules, _write(session, None, chat, around, message), message)


def post(session: Session, viewer: Viewer, chat: Chat, message: SendMessage) -> Interaction:
    """Have a ready message leave that belongs to no conversation; Refusal as in `say`."""
    _channel, rules = _open(session, chat, by_template=message.template is not None)
    touch = _write(session, viewer, chat, None, message)
    _send(session, chat, rules, touch, message)
    return touch


def stand(session: Session, chat: Chat, row: Outgoing, remark: Said) -> Interaction:
    """Have a message stand on the card that left by itself, without a conversation; the remark says what it was."""
    touch = _write(session, None, chat, None, convert(row.command, SendMessage))
    touch.remarks = [remark]
    session.get_one(ChatMessage, touch.id).outgoing_id = row.id
    session.flush()
    return touch


def typing(session: Session, viewer: Viewer, chat: Chat) -> None:
    """Show in a chat that one of us writes, where the messenger can show it; said again too soon it does nothing."""
    del viewer
    kind, channel = connector_kinds(), session.get_one(Channel, chat.channel_id)
    if channel.kind not in kind or ShowTyping not in kind[channel.kind].carries:
        return
    shown = select(Outgoing.id).where(
        Outgoing.channel_id == channel.id, Outgoing.stream == chat.key, Outgoing.lane == HINTS.name,
        Outgoing.due_at.is_not(None),
    )  # fmt: skip
    quiet = chat.blocked_at is not None or channel.paused_at is not None
    if not quiet and session.scalar(shown.limit(1)) is None:
        command = ShowTyping(to=chat.key, seen=_seen(session, chat))
        outbox.put(session, channel.id, command, lifetime=TYPING, stream=chat.key)


def try_again(session: Session, viewer: Viewer, message: ChatMessage) -> None:
    """Send a message once more that is not known to have left: the same, by a command of its own.

    Of one that left but for some words these alone are sent.
    """
    chat = session.get_one(Chat, message.chat_id, with_for_update=True, populate_existing=True)
    touch, row = _ended(session, message)
    _channel, rules = _open(session, chat, by_template=bool(message.template))
    if lacking := rests.lacking(session, row.id, lock=True):
        message.failed_at = message.error = None
        for each in lacking:
            outbox.try_anew(session, each, lifetime=LIFETIME)
        _decided(session, viewer, touch, said("is sent again"))
        return
    command = convert(row.command, SendMessage)
    message.failed_at = message.left_at = message.remote_id = message.error = None
    _send(session, chat, rules, touch, command)
    _decided(session, viewer, touch, said("is sent again"))


def settle(session: Session, viewer: Viewer, message: ChatMessage) -> None:
    """Say that a message of which nobody knows did leave."""
    touch, row = _ended(session, message)
    if row.unknown_at is None:
        raise Refusal(_("It is known what became of this message."))
    message.left_at, message.error = row.begun_at or row.unknown_at, None
    row.done_at, row.unknown_at, row.error = now(), None, None
    _decided(session, viewer, touch, said("did leave"))


def _seen(session: Session, chat: Chat) -> str:
    """Give what the messenger calls the message that came last: who writes there has seen it; "" for none."""
    came = select(ChatMessage.remote_id).where(
        ChatMessage.chat_id == chat.id, ChatMessage.outgoing_id.is_(None), ChatMessage.remote_id.is_not(None)
    )
    return session.scalar(came.order_by(ChatMessage.interaction_id.desc()).limit(1)) or ""


def _open(session: Session, chat: Chat, *, by_template: bool) -> tuple[Channel, Rules]:
    """Give the channel of a chat and its rules, where something may be said there; Refusal where not."""
    channel = session.get_one(Channel, chat.channel_id)
    rules = chats.rules_of(channel.kind)
    if rules is None:
        raise Refusal(_("The connector of this channel is not installed."))
    if channel.paused_at is not None:
        raise Refusal(_("The channel “%(channel)s” is paused: nothing leaves by it.", channel=channel.title))
    if chat.blocked_at is not None:
        raise Refusal(_("The contact does not let us write in this chat."))
    until = chats.answered_until(chat, rules)
    if not by_template and until is not None and until <= now():
        raise Refusal(
            _(
                "The contact wrote too long ago: this messenger takes only a template until there is an answer."
            )
        )
    return channel, rules


def _conversation(session: Session, viewer: Viewer, chat: Chat, words: str) -> int:
    """Give the conversation in which a message stands: one that was closed is open again, a new one is its writer's."""
    found = chats.conversation_of(session, chat)
    if found is None:
        subject = " ".join(words.split())[:SUMMARY]
        contact = session.get_one(Contact, chat.contact_id)
        return conversations.open_conversation(
            session, chat.contact_id, chat.channel_id, subject, now(), assignee_id=viewer.user_id,
            department_id=viewer.department_id or contact.department_id,
        )  # fmt: skip
    if found.closed_at is not None:
        turns.begun(session, found.id, now())
    return found.id


def _write(
    session: Session, writer: Viewer | None, chat: Chat, conversation_id: int | None, message: SendMessage
) -> Interaction:
    """Have a message stand on the card; without a writer no person wrote it."""
    words, file = chat_wanted.words_of(message), message.file
    touch_id = insert(
        session, Interaction, contact_id=chat.contact_id, conversation_id=conversation_id,
        channel_id=chat.channel_id, key=message.message_id, kind=chats.KIND, direction="out", at=now(),
        author_id=writer.user_id if writer else None, summary=_summary(message, words), text=words,
        fields=[], origin=[], remarks=[],
    )  # fmt: skip
    buttons = [{"text": each.text, "payload": each.payload, "url": each.url} for each in message.buttons]
    insert(
        session, ChatMessage, interaction_id=touch_id, chat_id=chat.id, automatic=writer is None, buttons=buttons,
        template=message.template.name if message.template else "",
    )  # fmt: skip
    if file is not None:
        insert_many(session, Attachment, [
            {"interaction_id": touch_id, "name": file.name, "type": file.type, "size": file.size, "blob": file.blob,
             "inline": False, "content_id": ""}
        ])  # fmt: skip
    return session.get_one(Interaction, touch_id)


def _summary(message: SendMessage, words: str) -> str:
    """Say in a line what a message says: its words, else what its file is called."""
    line = " ".join(words.split())
    if not line and message.file is not None:
        line = message.file.name
    return line if len(line) <= SUMMARY else f"{line[: SUMMARY - 1]}…"


def _answered(session: Session, chat: Chat, touch_id: int | None) -> ChatMessage | None:
    """Give the message that is answered; None where none is named, or none of this chat."""
    found = session.get(ChatMessage, touch_id) if touch_id is not None else None
    return found if found is not None and found.chat_id == chat.id else None


def _send(session: Session, chat: Chat, rules: Rules, touch: Interaction, message: SendMessage) -> None:
    """Have a message leave after those of its chat that were written before."""
    row = outbox.put(
        session, chat.channel_id, message, lifetime=LIFETIME, at_most_once=not rules.repeats, stream=chat.key
    )
    session.get_one(ChatMessage, touch.id).outgoing_id = row.id


def _count(
    session: Session, viewer: Viewer, touch: Interaction, conversation_id: int, *, automatic: bool
) -> None:
    """Have what a person wrote count as an answer; what a program wrote changes nobody's turn."""
    contact = session.get_one(Contact, touch.contact_id)
    if automatic:
        turns.touched(session, conversation_id, touch.at)
    else:
        chat_answers.answer(session, viewer, touch, session.get_one(ChatSending, touch.id))
        contact.changed_at = touch.at
        audit.record(session, viewer, audit.CHANGED, "contact", contact.id,
                     words=said("a message was written: %(subject)s", subject=touch.summary))  # fmt: skip
    settling.tell(session, conversation_id)
    contact_changed(session, contact)


def _ended(session: Session, message: ChatMessage) -> tuple[Interaction, Outgoing]:
    """Give a message with its command, where that came to an end without having arrived; a person decides on it."""
    row = session.get(Outgoing, message.outgoing_id, with_for_update=True, populate_existing=True)
    ended = row is not None and (row.unknown_at or row.failed_at or row.expired_at)
    if row is None or not (ended or message.failed_at):
        raise Refusal(_("It is known what became of this message."))
    return session.get_one(Interaction, message.interaction_id), row


def _decided(session: Session, viewer: Viewer, touch: Interaction, words: Said) -> None:
    """Have a message count as an answer again, and end the task that told of trouble."""
    kept = session.get(ChatSending, touch.id)
    if kept is not None:
        chat_answers.answer(session, viewer, touch, kept)
        troubles.told_enough(session, viewer, kept)
    audit.record(session, viewer, audit.CHANGED, "contact", touch.contact_id,
                 words=said("the message “%(subject)s” %(what)s", subject=touch.summary, what=words))  # fmt: skip
    contact_changed(session, session.get_one(Contact, touch.contact_id))

"""One event of a timeline as it is shown: a form, a note, or something that was done to a task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
from msgspec import structs

from crm.attachments import Attachment
from crm.conversations import Answers, Interaction
from crm.fields import CustomField, fold
from crm.letters import Letter
from crm.recordings import Recording
from crm.tasks import TaskChange
from crm.web.chat_bubbles import Bubble, Chatted, belong_together, bubble, sorted_together
from crm.web.clocks import Clock
from crm.web.file_words import is_shown_small, kind_in_words
from crm.web.letter_fates import Fate
from crm.web.letter_words import checked, gets, pretends, whole, wrote
from crm.web.ordered import Ordered
from crm.web.proposals import Proposal, proposed
from hub.languages import N_, _
from hub.said import Said
from hub.web import moments
from hub.web.journal_item import bytes_in_words

AT_ONCE = 40  # answers of a form that stand open; the others unfold …
LONG = 500  # … and so do answers with more letters than this
TEXT = 1500  # letters of a text that stand open
NOBODY = "Ringback"
ANSWERED = frozenset({"person", "list", "form"})  # letters that people wrote, to be answered
ICONS = {"call": "phone", "signature": "check"}
REQUESTS = frozenset({"form", "order"})
SIDES = {"note": "note", "form": "theirs"}
KINDS = {"form": N_("Form"), "order": N_("Order"), "call": N_("Call"), "mail": N_("Mail"), "chat": N_("Chat"),
         "note": N_("Note"), "signature": N_("Signature")}  # fmt: skip
# The beginning of what was done to a task, and its mark.
MARKS = (("done", "check"), ("given to", "transfer"), ("taken", "transfer"), ("planned", "calendar"),
         ("paused", "pause"), ("clocks run", "play"), ("not done", "undo"), ("it is", "merge"))  # fmt: skip


class Answer(msgspec.Struct, frozen=True):
    """One answer of a form."""

    name: str
    value: str


class File(msgspec.Struct, frozen=True):
    """A file that came along; `kind` is a word, `small` says that it is a picture which can be shown small."""

    name: str
    size: str
    href: str
    kind: str = ""
    small: bool = False


class Again(msgspec.Struct, frozen=True):
    """The same request once more; `href` leads to it in the journal for those who may see that."""

    at: datetime
    href: str


class Heard(msgspec.Struct, frozen=True):
    """The recording of a call: where it is heard, and how long it is, "" where nobody knows."""

    href: str
    length: str


class Became(msgspec.Struct, frozen=True):
    """The task that a request became."""

    title: str
    href: str
    deadline: Clock | None


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One event. `side` is theirs, ours or note; `late` marks what went wrong; `call` opens the whole of a call.

    `more_text` unfolds: the rest of a long text, of a letter all of it. `subject` is a letter's, `sent` opens it
    as it was sent, `pretends` says that its sender's name is another address. `fate` is how far one of ours is; a POST
    at `answers` begins an answer, also to all others with `answers_all`. `order` is what was ordered; its answers fold.
    `talk` are messages of one chat and day, in the order of time: nothing else is shown of it then.
    """

    id: str
    icon: str
    who: str
    what: str
    at: datetime
    subject: str = ""
    sent: str = ""
    pretends: bool = False
    text: str = ""
    more_text: str = ""
    side: str = "theirs"
    fields: Sequence[Answer] = ()
    more_fields: Sequence[Answer] = ()
    files: Sequence[File] = ()
    task: Became | None = None
    recording: Heard | None = None
    remark: str = ""
    proposal: Proposal | None = None
    again: Sequence[Again] = ()
    raw: str = ""
    call: str = ""
    late: bool = False
    fate: Fate | None = None
    order: Ordered | None = None
    answers: str = ""
    answers_all: bool = False
    talk: Sequence[Bubble] = ()
    is_change: bool = False


class Around(msgspec.Struct, frozen=True):
    """What belongs to the events of one page: by interaction, by journal item, names by id, calls by interaction.

    `hidden` are the custom fields that its reader may not see, also where a form brought them.
    """

    heard: Mapping[int, Recording]
    files: Mapping[int, Sequence[Attachment]]
    tasks: Mapping[int, Became]
    again: Mapping[int, Sequence[Again]]
    people: Mapping[int, str]
    channels: Mapping[int, str]
    labels: Mapping[str, CustomField]
    journal: bool
    zone: ZoneInfo
    hidden: frozenset[str] = frozenset()
    calls: Mapping[int, int] = {}
    letters: Mapping[int, Letter] = {}
    html: frozenset[int] = frozenset()
    fates: Mapping[int, Fate] = {}
    orders: Mapping[int, Ordered] = {}
    writes: bool = False
    chatted: Chatted = Chatted()


def touched(touch: Interaction, around: Around) -> Event:
    """Show an interaction."""
    if touch.id in around.chatted.messages:
        return _said_in_a_chat(touch, around)
    event = _touched(touch, around)
    letter = around.letters.get(touch.id)
    if letter is None:
        return event
    what = _("%(to)s, %(channel)s", to=gets(letter), channel=event.what) if event.what else gets(letter)
    side, remark = (
        "theirs" if touch.direction == "in" else "ours",
        " ".join(filter(None, (event.remark, checked(letter)))),
    )
    return structs.replace(
        event, who=wrote(letter) or event.who, what=what, subject=letter.subject, side=side, remark=remark,
        more_text=whole(letter, event.text), pretends=pretends(letter),
        sent=f"/letters/{touch.id}" if touch.id in around.html else "",
        proposal=proposed(letter, touch.contact_id, around.zone), fate=around.fates.get(touch.id),
        answers=_answered_at(touch) if around.writes and letter.kind in ANSWERED else "",
        answers_all=len(letter.to) + len(letter.cc) > 1,
    )  # fmt: skip


def together(events: Sequence[Event]) -> list[Event]:
    """Have messages of one chat and day stand together; what was done to tasks between them stands behind them."""
    found: list[Event] = []
    talk: int | None = None  # where the talk stands that goes on
    for event in events:
        if talk is not None and event.talk and belong_together(found[talk].talk[0], event.talk[0]):
            found[talk] = _joined(found[talk], event)
            continue
        if event.talk:
            talk = len(found)
        elif not event.is_change:
            talk = None
        found.append(event)
    return found


def _joined(one: Event, other: Event) -> Event:
    talk = sorted_together((*one.talk, *other.talk))
    return structs.replace(one, id=str(talk[0].id), at=talk[-1].at, talk=talk)


def _said_in_a_chat(touch: Interaction, around: Around) -> Event:
    said = bubble(touch, around.files[touch.id], around.tasks.get(touch.id), around.chatted)
    return Event(
        id=str(touch.id),
        icon=said.icon,
        who=said.channel,
        what=said.day,
        at=touch.at,
        side=said.side,
        talk=(said,),
    )


def _touched(touch: Interaction, around: Around) -> Event:
    answers = _answers(touch, around)
    text = "\n\n".join(filter(None, (touch.summary if touch.kind == "call" else "", touch.text.strip())))
    order = around.orders.get(touch.id)
    short = [answer for answer in answers if len(answer.value) <= LONG][: 0 if order else AT_ONCE]
    channel = around.channels.get(touch.channel_id or 0, "")
    inbound_id = touch.inbound_id or 0
    note = touch.kind == "note"
    reached = [_("Counts as contact.")] if touch.counts_as_contact else []
    return Event(
        id=str(touch.id), icon=ICONS.get(touch.kind, touch.kind),
        who=around.people.get(touch.author_id or 0, NOBODY) if note else _kind(touch),
        what=_("note") if note else _("“%(channel)s”", channel=channel) if channel else "", at=touch.at,
        text=text[:TEXT], more_text=text[TEXT:], side=SIDES.get(touch.kind, "theirs"),
        fields=short, more_fields=[answer for answer in answers if answer not in short],
        files=[_file(file) for file in around.files[touch.id]],
        task=around.tasks.get(touch.id), recording=_heard(around.heard.get(touch.id)),
        remark=" ".join([*touch.remarks, *reached]),
        again=around.again.get(inbound_id, ()),
        raw=f"/journal/{inbound_id}" if inbound_id and around.journal else "",
        call=f"/calls/{around.calls[touch.id]}" if touch.id in around.calls else "",
        answers=_answered_at(touch) if around.writes and touch.kind in REQUESTS else "", order=order,
    )  # fmt: skip


def _answered_at(touch: Interaction) -> str:
    return f"/contacts/{touch.contact_id}/drafts"


def done_to(change: TaskChange, title: str, around: Around) -> Event:
    """Show what was done to a task."""
    said = change.words.say if isinstance(change.words, Said) else change.words
    late = said.endswith(" is late") or said.startswith("alarm")
    mark = next((mark for beginning, mark in MARKS if said.startswith(beginning)), "clock")
    return Event(
        id=f"c{change.id}", icon="alarm" if late else mark, who=around.people.get(change.by or 0, NOBODY),
        what=_("“%(task)s”: %(deed)s", task=title, deed=change.words), at=change.at, late=late,
        is_change=True,
    )  # fmt: skip


def _heard(found: Recording | None) -> Heard | None:
    if found is None:
        return None
    length = moments.played(found.seconds) if found.seconds is not None else ""
    return Heard(f"/calls/{found.call_id}/recording", length)


def _file(file: Attachment) -> File:
    size = bytes_in_words(file.size)
    return File(file.name, size, f"/files/{file.id}", kind_in_words(file), small=is_shown_small(file))


def _kind(touch: Interaction) -> str:
    return _(KINDS[touch.kind]) if touch.kind in KINDS else touch.kind.capitalize()


def _answers(touch: Interaction, around: Around) -> list[Answer]:
    """Give a form's answers that say something, less the message, which stands by itself; then its origin."""
    return [*_said(touch.fields, touch.text, around), *_said(touch.origin, "", around)]


def _said(pairs: Answers, message: str, around: Around) -> list[Answer]:
    """Show what was answered, under our own label where the form's is one of ours."""
    found = []
    for pair in pairs:
        ours, value = around.labels.get(fold(pair["label"])), pair["value"].strip()
        if value and value != message.strip() and (ours is None or ours.name not in around.hidden):
            found.append(Answer(ours.label if ours else pair["label"], pair["value"]))
    return found

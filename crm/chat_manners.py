"""How a channel of chats answers by itself, as its admin sets it: checked, kept, and written down who changed it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import chat_bot
from crm.chat_bot import EMAIL, NAME, TELEPHONE, TOPIC, Asked, Manner, Question, Told
from crm.chats import ChatManner, Texts
from crm.setup import counts, kept, setup
from hub import audit
from hub.channels import Channel
from hub.languages import N_, _
from hub.shapes import convert
from hub.users import Viewer

KIND = "chat_manner"
TEXT = 2_000  # letters of what is said
QUESTION = 500
MOST_QUESTIONS = 10
MOST_WORDS = 50  # by which somebody asks for a person
WORD = 80
MOST_CHATS = 1_000
MEANINGS = {"": N_("Kept as it is said"), NAME: N_("The name"), TELEPHONE: N_("A telephone number"),
            EMAIL: N_("A mail address"), TOPIC: N_("What it is about")}  # fmt: skip


class Wording(msgspec.Struct, frozen=True, kw_only=True):
    """A manner as it is wanted; see ChatManner."""

    greeting: str = ""
    away: str = ""
    questions: tuple[Question, ...] = ()
    handing_over: str = ""
    asks_person: tuple[str, ...] = ()
    most: int = 0


class Line(msgspec.Struct, frozen=True):
    """What is said in a talk that is thought up: by us, or by who writes."""

    ours: bool
    text: str


def manner_of(session: Session, channel_id: int) -> ChatManner | None:
    """Give how a channel answers by itself, None where nobody set anything; for reading only."""
    return kept(session, _manners).get(channel_id)


def _manners(session: Session) -> Mapping[int, ChatManner]:
    return {each.channel_id: each for each in session.scalars(select(ChatManner))}


counts(ChatManner)


def wording_of(session: Session, channel_id: int) -> Wording:
    """Give how a channel answers by itself; nothing at all where nobody set anything."""
    row = session.get(ChatManner, channel_id)
    return convert(_kept(row), Wording) if row else Wording()


def meanings(session: Session) -> Mapping[str, str]:
    """Give what an answer can be, in words: ours first, then the company's own fields."""
    fields = {field.name: field.label for field in setup(session).shown_fields}
    return {means: _(words) for means, words in MEANINGS.items()} | fields


def faults(session: Session, wanted: Wording) -> Mapping[str, str]:
    """Say by field what is wrong."""
    found, known = {}, meanings(session)
    for name in ("greeting", "away", "handing_over"):
        if len(getattr(wanted, name)) > TEXT:
            found[name] = _("At most %(most)s letters.", most=TEXT)
    if len(wanted.questions) > MOST_QUESTIONS or any(len(each.text) > QUESTION for each in wanted.questions):
        found["questions"] = _("At most %(most)s questions of %(letters)s letters.", most=MOST_QUESTIONS,
                               letters=QUESTION)  # fmt: skip
    elif any(each.means not in known for each in wanted.questions):
        found["questions"] = _("Choose what the answer is.")
    elif len({each.text for each in wanted.questions}) < len(wanted.questions):
        found["questions"] = _("Each question is asked once: two of these are the same.")
    if len(wanted.asks_person) > MOST_WORDS or any(len(each) > WORD for each in wanted.asks_person):
        found["asks_person"] = _("At most %(most)s words or phrases.", most=MOST_WORDS)
    if not 0 <= wanted.most <= MOST_CHATS:
        found["most"] = _("A number from 0 to %(most)s.", most=MOST_CHATS)
    return found


def change(session: Session, viewer: Viewer, channel: Channel, wanted: Wording) -> bool:
    """Have a channel answer like this from now on, and tell whether anything is other than before."""
    row = session.get(ChatManner, channel.id, with_for_update=True)
    if row is None:
        row = ChatManner(
            channel_id=channel.id, questions=[], asks_person=[], greeting="", away="", handing_over="", most=0
        )
        session.add(row)
    before = _kept(row)
    row.greeting, row.away, row.handing_over = wanted.greeting, wanted.away, wanted.handing_over
    row.questions = _rows(wanted.questions)
    row.asks_person, row.most = list(wanted.asks_person), wanted.most
    changes = audit.differences(before, _kept(row))
    if changes:
        audit.record(session, viewer, audit.CHANGED, KIND, channel.id, changes=changes)
    return bool(changes)


def talk(wanted: Wording, hello: str, answers: Mapping[str, str], *, is_open: bool) -> list[Line]:
    """Think a talk up as it will go: `hello` is said first, `answers` to questions by what they mean."""
    manner = Manner(wanted.questions, wanted.asks_person)
    lines, asked, said = [Line(False, hello)], Asked(), hello  # noqa: FBT003 - see Line
    begins = [wanted.greeting, "" if is_open else wanted.away]
    for _turn in range(len(wanted.questions) + 1):
        step = chat_bot.listen(manner, asked, Told(said), "right" if asked.question else None, ())
        over = wanted.handing_over if step.hands_over and wanted.questions and is_open else ""
        ours = "\n\n".join(each for each in (*begins, over, step.ask) if each)
        lines += [Line(True, ours)] if ours else []  # noqa: FBT003 - see Line
        begins, asked = [], step.asked
        if asked.question is None:
            break
        said = answers.get(asked.question.means, answers[""])
        lines.append(Line(False, said))  # noqa: FBT003 - see Line
    return lines


def _kept(row: ChatManner) -> dict[str, object]:
    return {name: getattr(row, name) for name in Wording.__struct_fields__}


def _rows(questions: Sequence[Question]) -> Texts:
    return [{"text": each.text, "means": each.means} for each in questions]

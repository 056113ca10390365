"""The first answer: what the machine says before one of us does, decided from what is known and what was said.

It asks what the admin wrote, one question after the other. A wrong number or address is asked for once more, then
taken as text. Who asks for a person, or twice says what is no answer, is handed over at once. Nothing here is kept or
sent; crm/first_answers.py does that.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Literal, cast

import msgspec
from msgspec import structs

from crm import contacts, fields
from crm.chats import Chat
from crm.contacts import MAIL, PHONE
from crm.fields import CustomField
from hub.chats import Button
from hub.shapes import convert

NAME, TELEPHONE, EMAIL, TOPIC = "name", "phone", "email", "topic"
PERSON = Button(text="", payload="person")
"""The button that asks for a person; its text is the admin's first word for that."""
STRAYS = 2  # messages that are no answer, after which a person takes over
ONCE_MORE = 1  # times that a wrong answer is asked for again
LONGEST_NAME, MOST_NAMES = 60, 5  # letters and words of what may be a name
SOME_DIGITS = 3  # in what is meant as a number
_WORD = re.compile(r"\w+")

Sense = Literal["right", "wrong", "stray"]


class Question(msgspec.Struct, frozen=True):
    """One question, and what its answer is: name, phone, email, topic or a field of ours."""

    text: str
    means: str = ""


class Asked(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far the first answer is in a chat; kept in `Chat.asked`.

    `question` waits for its answer `since` a moment, was answered `wrong` so often, and there were `strays`. `put` are
    the questions that were asked, by their words. `heard` are the numbers and addresses that the messenger told.
    """

    greeted: bool = False
    question: Question | None = None
    since: datetime | None = None
    wrong: int = 0
    strays: int = 0
    put: tuple[str, ...] = ()
    answers: tuple[tuple[str, str], ...] = ()
    heard: tuple[str, ...] = ()


class Manner(msgspec.Struct, frozen=True):
    """What the admin wrote: the questions, and the words by which somebody asks for a person."""

    questions: Sequence[Question] = ()
    asks_person: Sequence[str] = ()


class Told(msgspec.Struct, frozen=True):
    """What somebody wrote, or pressed, and when he did by his messenger."""

    text: str
    pressed: str = ""
    at: datetime | None = None


class Answer(msgspec.Struct, frozen=True):
    """What somebody answered to a question. `means` is "" for what is only kept as text."""

    question: str
    means: str
    value: str


class Step(msgspec.Struct, frozen=True):
    """What is done next: how far it is then, an answer to keep, a question to ask, or that a person takes over."""

    asked: Asked
    answer: Answer | None = None
    ask: str = ""
    hands_over: bool = False
    wanted: bool = False


def asked_of(chat: Chat) -> Asked:
    """Give how far the first answer is in a chat."""
    return convert(chat.asked or {}, Asked)


def keep(chat: Chat, asked: Asked) -> None:
    """Keep how far it is."""
    chat.asked = cast("dict[str, object]", msgspec.to_builtins(asked)) or None


def listen(manner: Manner, asked: Asked, told: Told, sense: Sense | None, known: Collection[str]) -> Step:
    """Say what is done about a message.

    `sense` is what it is to the question that waits (see `sense_of`), None where none waits; `known` is what needs no
    asking.
    """
    if asks_person(manner, told):
        return Step(structs.replace(asked, question=None), hands_over=True, wanted=True)
    question = asked.question
    if question is None or sense is None:
        return _next(manner, asked, known)
    if asked.since is not None and told.at is not None and told.at < asked.since.replace(microsecond=0):
        return Step(asked)  # he wrote it before he was asked
    if sense == "stray":
        return _strayed(asked, question)
    if sense == "wrong" and asked.wrong < ONCE_MORE:
        return Step(structs.replace(asked, wrong=asked.wrong + 1), ask=question.text)
    means = question.means if sense == "right" else ""
    return _taken(manner, asked, Answer(question.text, means, told.text), known)


def sense_of(means: str, text: str, country: str, ours: Mapping[str, CustomField]) -> Sense:
    """Tell what a text is as an answer to a question that means something: right, wrong, or no answer at all."""
    text = text.strip()
    if not text:
        return "stray"
    if means == TELEPHONE:
        return _handle(PHONE, text, country, sum(map(str.isdigit, text)) >= SOME_DIGITS)
    if means == EMAIL:
        return _handle(MAIL, text, country, "@" in text)
    if means == NAME:
        return "right" if _may_be_name(text) else "stray"
    field = ours.get(fields.fold(means)) if means != TOPIC else None
    try:
        return "right" if field is None or fields.read(field, text) else "wrong"
    except ValueError:
        return "wrong"


def asks_person(manner: Manner, told: Told) -> bool:
    """Tell whether somebody asks for a person, by a button or in his words."""
    if told.pressed == PERSON.payload:
        return True
    words = f" {_plain(told.text)} "
    return any(f" {wanted} " in words for wanted in map(_plain, manner.asks_person) if wanted)


def _next(manner: Manner, asked: Asked, known: Collection[str]) -> Step:
    """Ask what is not known and was not asked; where nothing is left, a person takes over."""
    left = (each for each in manner.questions if each.text not in asked.put and each.means not in known)
    question = next(left, None)
    if question is None:
        return Step(structs.replace(asked, question=None), hands_over=True)
    put = (*asked.put, question.text)
    return Step(structs.replace(asked, question=question, wrong=0, put=put), ask=question.text)


def _strayed(asked: Asked, question: Question) -> Step:
    if asked.strays + 1 >= STRAYS:
        return Step(structs.replace(asked, question=None), hands_over=True)
    return Step(structs.replace(asked, strays=asked.strays + 1), ask=question.text)


def _taken(manner: Manner, asked: Asked, answer: Answer, known: Collection[str]) -> Step:
    kept = structs.replace(asked, answers=(*asked.answers, (answer.question, answer.value)))
    return structs.replace(_next(manner, kept, {*known, answer.means} - {""}), answer=answer)


def _handle(kind: str, text: str, country: str, tried: bool) -> Sense:  # noqa: FBT001 - told by its only uses
    who = contacts.identity(text if kind == PHONE else "", text if kind == MAIL else "", country)
    if who.handles:
        return "right"
    return "wrong" if tried else "stray"


def _may_be_name(text: str) -> bool:
    words = text.split()
    plain = not any(character.isdigit() or character in "?@/" for character in text)
    return plain and len(text) <= LONGEST_NAME and len(words) <= MOST_NAMES and any(map(str.isalpha, text))


def _plain(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))

"""The first answer, decided: what is asked, what counts as an answer, and when a person takes over."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crm import chat_bot
from crm.chat_bot import PERSON, Asked, Manner, Question, Sense, Told
from crm.fields import CustomField
from hub.clock import now

NAME, NUMBER, TOPIC = (
    Question("Your name?", "name"),
    Question("Your number?", "phone"),
    Question("What?", "topic"),
)
MANNER = Manner((NAME, NUMBER, TOPIC), ("person", "en människa"))
OURS = {"openings": CustomField(name="openings", label="Openings", kind="number", choices=[], aliases=[])}


def test_questions_come_one_after_the_other_and_then_a_person() -> None:
    asked, put = Asked(), []
    for words in ("Hello", "Ira", "070-174 06 12", "A window"):
        step = chat_bot.listen(MANNER, asked, Told(words), "right" if asked.question else None, ())
        asked = step.asked
        put.append(step.ask)
    assert put == ["Your name?", "Your number?", "What?", ""]
    assert step.hands_over
    assert asked.answers == (("Your name?", "Ira"), ("Your number?", "070-174 06 12"), ("What?", "A window"))


def test_what_is_known_is_not_asked() -> None:
    step = chat_bot.listen(MANNER, Asked(), Told("Hello"), None, {"name", "phone"})
    assert step.ask == "What?"


def test_a_wrong_answer_is_asked_for_once_more_and_then_taken_as_text() -> None:
    asked = Asked(question=NUMBER, put=(NAME.text, NUMBER.text))
    again = chat_bot.listen(MANNER, asked, Told("070-1"), "wrong", ())
    taken = chat_bot.listen(MANNER, again.asked, Told("070-12"), "wrong", ())
    assert (again.ask, again.answer) == ("Your number?", None)
    assert taken.answer is not None
    assert (taken.answer.means, taken.answer.value, taken.ask) == ("", "070-12", "What?")


def test_who_says_twice_what_is_no_answer_is_handed_over() -> None:
    asked = Asked(question=NUMBER, put=(NAME.text, NUMBER.text))
    first = chat_bot.listen(MANNER, asked, Told("Why do you ask?"), "stray", ())
    second = chat_bot.listen(MANNER, first.asked, Told("No"), "stray", ())
    assert (first.ask, first.hands_over) == ("Your number?", False)
    assert (second.ask, second.hands_over, second.wanted) == ("", True, False)


@pytest.mark.parametrize("told", [
    Told("I want a PERSON, now!"), Told("kan jag få en  människa?"), Told("x", pressed=PERSON.payload),
])  # fmt: skip
def test_who_asks_for_a_person_is_handed_over_at_once(told: Told) -> None:
    for asked in (Asked(), Asked(question=NAME, put=(NAME.text,))):
        step = chat_bot.listen(MANNER, asked, told, "right", ())
        assert (step.hands_over, step.wanted, step.ask, step.answer) == (True, True, "", None)


@pytest.mark.parametrize("words", ["personal matters", "en människas hus", ""])
def test_other_words_do_not_ask_for_a_person(words: str) -> None:
    assert not chat_bot.asks_person(MANNER, Told(words))


def test_what_was_written_before_the_question_is_no_answer_to_it() -> None:
    asked = Asked(question=NAME, put=(NAME.text,), since=now())
    step = chat_bot.listen(MANNER, asked, Told("a window", at=now() - timedelta(minutes=1)), "right", ())
    assert (step.asked, step.ask, step.answer) == (asked, "", None)


@pytest.mark.parametrize(("means", "words", "sense"), [
    ("name", "Ira Petrova", "right"), ("name", "When do you open?", "stray"), ("name", "070-174 06 12", "stray"),
    ("name", "I would like to have a window measured", "stray"), ("name", "", "stray"),
    ("phone", "my number is 070-174 06 12", "right"), ("phone", "070-1", "wrong"), ("phone", "why?", "stray"),
    ("email", "ira@mail.example", "right"), ("email", "ira@mail", "wrong"), ("email", "no", "stray"),
    ("topic", "a window", "right"), ("openings", "3", "right"), ("openings", "three", "wrong"), ("", "what?", "right"),
])  # fmt: skip
def test_what_counts_as_an_answer(means: str, words: str, sense: Sense) -> None:
    assert chat_bot.sense_of(means, words, "SE", OURS) == sense

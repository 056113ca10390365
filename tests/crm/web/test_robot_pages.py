"""What is done by itself in a stage, set up in the console."""

from __future__ import annotations

import pytest

from crm.letter_templates import LetterTemplate
from tests.crm.klarruta import Klarruta
from tests.crm.salesroom import Salesroom
from tests.crm.web.console import Consoles
from tests.crm.web.workflow import Workflow

Work = tuple[Salesroom, Workflow, Consoles, str]


@pytest.fixture
async def work(firm: Klarruta, consoles: Consoles) -> Work:
    """Give the sale, its processes, and where the robot of the stage *Request* is set up."""
    room = Salesroom(firm)
    await room.open()
    return room, Workflow(firm), consoles, f"/stages/{(await room.stage('Request')).id}/robot"


async def test_a_stage_says_in_words_what_is_done_by_itself(work: Work) -> None:
    _room, _flow, consoles, robot = work
    assert "Nothing happens by itself" in (await consoles.get("Maria", robot)).words
    await consoles.press("Maria", robot, kind="task", text="Call the buyer", who="head", within="4 h")
    await consoles.press("Maria", robot, kind="stage", stage="Lost", after="14 days")
    shown = (await consoles.part("Maria", robot)).words
    assert "Task for Head of the department: Call the buyer, within 4 h" in shown
    assert "After 14 days, if it is still here: The deal goes to Lost" in shown
    assert "By itself 2" in (await consoles.get("Maria", "/pipelines")).words
    assert "No process yet" in (await consoles.get("Maria", "/processes")).words
    assert (await consoles.get("Maria", "/processes/1")).status == 404
    await consoles.press("Maria", f"{robot}/1", "DELETE")
    assert "Call the buyer" not in (await consoles.part("Maria", robot)).words


async def test_a_letter_is_chosen_and_words_for_the_chat_are_written(work: Work) -> None:
    room, _flow, consoles, robot = work
    thanks = LetterTemplate(name="Thanks", shortcut="", subject="For {contact.name}", text="Thank you!")
    await room.firm.do(lambda session: session.add(thanks))
    assert "Thanks" in (await consoles.part("Maria", robot)).words
    await consoles.press("Maria", robot, kind="letter", template="Thanks")
    await consoles.press("Maria", robot, kind="chat", text="We come soon, {contact.name}", after="1 day")
    shown = (await consoles.part("Maria", robot)).words
    assert "The customer gets the letter Thanks" in shown
    assert (
        "After 1 day, if it is still here: The customer is written in his chat, or by mail: We come soon"
        in shown
    )


async def test_what_is_said_is_done(work: Work) -> None:
    room, flow, consoles, robot = work
    await consoles.press("Maria", robot, kind="task", text="Call the buyer")
    deal = await room.deal("Seven windows")
    await flow.hear("stage changed", deal)
    assert await flow.open_steps() == ["Call the buyer"]
    beside = await consoles.part("Elin", f"/deals/{deal}/aside")
    assert "Call the buyer" in beside.words


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"kind": "task", "text": " "}, "Say what"),
        ({"kind": "stage", "stage": ""}, "Choose a stage"),
        ({"kind": "stage", "stage": "Nowhere"}, "there is no stage"),
        ({"kind": "letter", "template": ""}, "Choose a template of letters"),
        ({"kind": "letter", "template": "Nothing"}, "there is no template of letters"),
        ({"kind": "chat", "text": "Dear {contact.shoesize}"}, "contact.shoesize"),
        ({"kind": "rocket", "text": "x"}, "Choose what is done"),
        ({"kind": "note", "text": "x", "after": "soon"}, "is no time"),
        ({"kind": "task", "text": "x", "within": "soon"}, "is no time"),
        ({"kind": "task", "text": "x", "who": "user:nobody@x.example"}, "there is nobody"),
    ],
)
async def test_what_cannot_be_is_refused_in_words(work: Work, said: dict[str, str], words: str) -> None:
    _room, _flow, consoles, robot = work
    told = await consoles.press("Maria", robot, **said)
    assert (told.status, words in told.words) == (409, True)
    assert "Nothing happens by itself" in (await consoles.part("Maria", robot)).words


async def test_a_stage_that_is_called_otherwise_keeps_its_robot(work: Work) -> None:
    room, _flow, consoles, robot = work
    await consoles.press("Maria", robot, kind="note", text="waits", after="2 days")
    number = (await room.stage("Request")).id
    told = await consoles.press(
        "Maria", f"/stages/{number}", name='New "one"', probability="10", ends="", stale_days="0"
    )
    assert 'Saved: New "one"' in told.words
    assert "is told: waits" in (await consoles.part("Maria", robot)).words
    odd = await consoles.press(
        "Maria", f"/stages/{number}", name="\"'", probability="10", ends="", stale_days="0"
    )
    assert odd.status == 409


async def test_only_managers_and_admins_set_it_up(work: Work) -> None:
    _room, _flow, consoles, robot = work
    assert (await consoles.get("Elin", robot)).status == 403
    assert (await consoles.press("Elin", robot, kind="task", text="x")).status == 403
    assert (await consoles.get("Maria", "/stages/999/robot")).status == 404

"""Whoever calls something otherwise, or takes it away, hears which processes still name it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from crm.documents import DocumentTemplate
from crm.letter_templates import LetterTemplate
from crm.number_series import NumberSeries
from crm.tasks import Task
from hub.users import add_user, find_department, find_user
from tests.crm.drawing import drawn, end, start, user, way
from tests.crm.klarruta import Klarruta
from tests.crm.salesroom import Salesroom
from tests.crm.web.console import Consoles
from tests.crm.web.test_people import typed
from tests.crm.web.workflow import Workflow

EXTRA = "<bpmn:extensionElements>{}</bpmn:extensionElements>"
QUOTE = '<ringback:document template="quote"/>'
LEFT = "Processes still name what there is not any more, draw them anew: “Sale”: "


def step(who: str) -> str:
    """Draw a process of one step."""
    return drawn(start(), user("a", "Call", who=who), end(), way("s a e"))


async def why(firm: Klarruta, flow: Workflow, process: int) -> str:
    """Begin a run, and give why its task is whose it is."""
    room = Salesroom(firm)
    await room.open()
    deal = await room.deal("Seven windows")
    await flow.begin(process, 1, deal)
    task = await flow.task("Call")
    return await firm.db.read(lambda session: str(session.get_one(Task, task).why_me))


async def test_a_department_that_is_called_otherwise(firm: Klarruta, consoles: Consoles) -> None:
    await firm.do(add_user, "annika@klarruta.example", "Annika Kron", "admin")
    flow = Workflow(firm)
    process = await flow.published(step("department:Service"))
    sales = await firm.do(find_department, "Service")
    page = f"/departments/{sales.id}"
    same = await consoles.press("Annika", page, name="Service", distribution="turn")
    assert "still name" not in same.words
    told = await consoles.press("Annika", page, name="Repairs", distribution="turn")
    assert LEFT + "there is no department “Service”" in told.words
    assert "The process names “Service”, which there is not any more" in await why(firm, flow, process)


async def test_somebody_with_another_mail_address(firm: Klarruta, consoles: Consoles) -> None:
    await firm.do(add_user, "annika@klarruta.example", "Annika Kron", "admin")
    flow = Workflow(firm)
    process = await flow.published(step("user:johan@klarruta.example"))
    johan = await firm.do(find_user, "johan@klarruta.example")
    told = await consoles.press(
        "Annika", f"/people/{johan.id}", **typed(johan, email="johan.l@klarruta.example")
    )
    assert LEFT + "there is nobody “johan@klarruta.example”" in told.words
    assert "The process names “johan@klarruta.example”" in await why(firm, flow, process)


async def test_a_letter_that_is_offered_no_more(firm: Klarruta, consoles: Consoles) -> None:
    thanks = LetterTemplate(name="Thanks", shortcut="", subject="Thank you", text="For the order.")
    await firm.do(lambda session: session.add(thanks))
    letter = '<ringback:message template="Thanks"/>'
    task = f'<bpmn:sendTask id="a" name="Thank">{EXTRA.format(letter)}</bpmn:sendTask>'
    await Workflow(firm).published(drawn(start(), task, end(), way("s a e")))
    told = await consoles.press("Maria", "/letter-templates/1", "DELETE")
    assert LEFT + "there is no template of letters “Thanks”" in told.words
    assert (
        "still name" not in (await consoles.press("Maria", "/letter-templates/1/retirement", "DELETE")).words
    )


async def test_a_template_that_ringback_brings(firm: Klarruta, consoles: Consoles) -> None:
    task = f'<bpmn:serviceTask id="a" name="Quote">{EXTRA.format(QUOTE)}</bpmn:serviceTask>'
    await Workflow(firm).published(drawn(start(), task, end(), way("s a e")))
    await firm.do(_bring)
    told = await consoles.press("Maria", "/document-templates/1/retirement")
    assert LEFT + "there is no template of documents “quote”" in told.words


def _bring(session: Session) -> None:
    series = NumberSeries(name="Quote", pattern="Q-{year}-{number:04}")
    session.add(series)
    session.flush()
    session.add(DocumentTemplate(name="Quote", format="pdf", ready="quote", series_id=series.id))

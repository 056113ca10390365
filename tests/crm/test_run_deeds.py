"""What runs have done after their transaction: documents, messages. Each once, and what fails is caught or told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec import convert
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import (
    deal_moves,
    document_data,
    letter_fates,
    letter_writing,
    robots,
    run_deeds,
    run_known,
    run_mending,
    run_wishes,
)
from crm.calendars import add_absence
from crm.contacts import add_handles
from crm.conversations import Interaction
from crm.deals import Deal
from crm.documents import DealDocument
from crm.letter_templates import LetterTemplate
from crm.pipelines import Stage
from crm.process_troubles import Stuck
from crm.processes import Faulty
from crm.robot_drawing import RobotDeed
from crm.run_wishes import RunWish
from crm.runs import Run
from crm.tasks import Task
from crm.web.document_making import DocumentMaker
from crm.web.run_work import Errands
from hub.blobs import Blobs
from hub.chats import SendMessage
from hub.clock import Clock, now
from hub.db import Database
from hub.letters import Bounce, LetterReceived, SendLetter
from hub.outbox import Outgoing
from hub.papers import Papers
from hub.users import User, add_user, find_user, viewer
from tests.crm.drawing import drawn, end, error, error_end, flow, inside, message, stage, start, user, way
from tests.crm.mailbox import Mailbox
from tests.crm.messenger import Messenger
from tests.crm.sale import WINDOWS, Sale

KARINS = "karin@ekdahl.example"
CALLED = {"interested": "yes", "windows": "4", "address": "Storgatan 1", "visit_on": "2026-12-01"}


class Office:
    """The sale, with somebody who runs the errands of runs."""

    def __init__(self, sale: Sale, folder: Path) -> None:
        """Set it up."""
        self.sale, self.papers, self.blobs = sale, Papers(), Blobs(folder / "blobs")
        self.errands = Errands(sale.db, DocumentMaker(sale.db, self.blobs, self.papers))

    async def works(self) -> None:
        """Do what is due now."""
        while due := await self.sale.db.read(run_wishes.take, now(), 10):
            for _number, wish_id in due:
                await self.errands.do(wish_id)

    async def documents(self) -> list[str]:
        """Give the numbers of all documents."""
        rows = select(DealDocument.number).order_by(DealDocument.id)
        return await self.sale.read(lambda session: list(session.scalars(rows)))

    async def letters(self) -> list[SendLetter]:
        """Give all letters that are to leave."""
        rows = select(Outgoing.command).order_by(Outgoing.id)
        return [convert(each, SendLetter) for each in await self.sale.read(lambda s: s.scalars(rows).all())]

    async def wishes(self) -> list[RunWish]:
        """Give all wishes."""
        rows = select(RunWish).order_by(RunWish.id)
        return await self.sale.read(lambda session: list(session.scalars(rows)))


@pytest.fixture
async def office(db: Database, clock: Clock, tmp_path: Path) -> AsyncIterator[Office]:  # noqa: ARG001 - set right again
    """Give the company with a deal, and Karin's address."""
    sale = Sale(db)
    await sale.found()
    await db.write(add_handles, sale.contact_id, [("mail", KARINS)])
    made = Office(sale, tmp_path)
    yield made
    await made.papers.close()


def document(id: str, template: str = "quote") -> str:  # noqa: A002 - as the file calls it
    """Draw the making of a document."""
    inner = f'<bpmn:extensionElements><ringback:document template="{template}"/></bpmn:extensionElements>'
    return f'<bpmn:serviceTask id="{id}" name="Make it">{inner}</bpmn:serviceTask>'


def send(id: str, more: str = "", words: str = "Dear {contact.name}, it is {answers.colour}.") -> str:  # noqa: A002
    """Draw a message to the customer."""
    deed = f'<ringback:message subject="Yours" {more}>{words}</ringback:message>'
    inner = f"<bpmn:extensionElements>{deed}</bpmn:extensionElements>"
    return f'<bpmn:sendTask id="{id}" name="Write">{inner}</bpmn:sendTask>'


def told(id: str, kind: str, words: str) -> str:  # noqa: A002
    """Draw that somebody is told."""
    deed = f'<ringback:{kind} who="head">{words}</ringback:{kind}>'
    inner = f"<bpmn:extensionElements>{deed}</bpmn:extensionElements>"
    return f'<bpmn:sendTask id="{id}" name="Tell">{inner}</bpmn:sendTask>'


QUOTED = drawn(
    start(), document("q"), send("m", 'attach="q"', "Here it is, {contact.first_name}."), user("a", "Ring"), end(),
    way("s q m a e"),
)  # fmt: skip


async def test_the_story_makes_its_papers_and_sends_them(office: Office) -> None:
    mailbox = Mailbox(office.sale.firm)
    await mailbox.open()
    sale = office.sale
    run = await sale.begin(await sale.publish(WINDOWS.read_bytes()))
    await sale.do("Call the buyer", **CALLED)
    await sale.do("Take measurements", by="Nils", measured="4", measurements="four of 1200 by 1400")
    price = "Compute the price and agree it with the buyer"
    await sale.do(price, agreed="yes", expected_on="2026-12-20")
    deal = await sale.read(lambda session: session.get_one(Deal, sale.deal_id))
    assert (str(deal.expected_on), "expected_on" in deal.fields) == ("2026-12-20", False)
    await office.works()
    year = await sale.read(lambda session: document_data.today(session, now()).year)
    assert await office.documents() == [f"Q-{year}-0001", f"C-{year}-0001"]
    (letter,) = await office.letters()
    assert [file.name for file in letter.files] == [f"Q-{year}-0001.pdf", f"C-{year}-0001.docx"]
    assert letter.text.startswith("Dear Karin Ekdahl,")
    assert (await sale.run(run)).waits_for == ["payment received"]


async def test_a_run_waits_until_its_document_is_made(office: Office) -> None:
    run = await office.sale.begin(await office.sale.publish(QUOTED))
    assert (await office.sale.open_steps(), await office.documents()) == ({}, [])
    assert [step.element for step in await office.sale.steps(run) if step.ended_at is None] == ["q"]
    await Mailbox(office.sale.firm).open()
    await office.works()
    assert await office.sale.open_steps() == {"Ring": "Elin"}


async def test_killed_behind_the_document_it_is_not_made_twice(office: Office) -> None:
    await office.sale.begin(await office.sale.publish(QUOTED))
    (wish,) = await office.wishes()
    wanted = await office.sale.db.read(run_deeds.document, wish.id)
    assert wanted
    await office.errands._maker.make(*wanted)
    await Mailbox(office.sale.firm).open()
    await office.works()
    await office.errands.do(wish.id)
    assert len(await office.documents()) == 1
    assert len(await office.letters()) == 1


async def test_a_message_is_filled_in_and_signed_by_whose_deal_it_is(office: Office) -> None:
    await Mailbox(office.sale.firm).open()
    form = '<ringback:answer name="colour" kind="text"/>'
    await office.sale.begin(
        await office.sale.publish(drawn(start(), user("a", "A", form), send("m"), end(), way("s a m e")))
    )
    await office.sale.do("A", colour="{user.mail} oak")
    await office.works()
    (letter,) = await office.letters()
    assert letter.text.startswith("Dear Karin Ekdahl, it is {user.mail} oak."), "what a form says is no blank"
    assert (letter.sender.name, letter.to[0].address, letter.automatic) == ("Elin Sandgren", KARINS, True)


async def test_what_is_for_ourselves_stands_in_no_letter_to_the_customer_and_on_no_paper(
    office: Office,
) -> None:
    await Mailbox(office.sale.firm).open()
    form = '<ringback:answer name="colour" kind="text"/><ringback:answer name="least" kind="text" internal="true"/>'
    words = "It is {answers.colour}, {answers.least}."
    steps = user("a", "A", form), send("m", words=words), told("t", "message", words)
    await office.sale.begin(await office.sale.publish(drawn(start(), *steps, end(), way("s a m t e"))))
    await office.sale.do("A", colour="oak", least="at 900")
    await office.works()
    customers, heads = await office.letters()
    assert customers.text.startswith("It is oak, .")
    assert heads.text.startswith("It is oak, at 900.")

    def named(session: Session) -> object:
        deal = session.get_one(Deal, office.sale.deal_id)
        called = run_known.paper_labels(session, deal.id)
        on = document_data.today(session, now())
        return document_data.data_of(session, deal, "en", "Q-1", on, called)["deal"]["fields"]  # type: ignore[index]

    assert await office.sale.read(named) == {"colour": "oak"}


async def test_a_letter_of_a_run_can_be_taken_back_as_any_other(office: Office) -> None:
    await Mailbox(office.sale.firm).open()
    await office.sale.begin(
        await office.sale.publish(drawn(start(), send("m", words="Hello"), end(), way("s m e")))
    )
    await office.works()
    (wish,) = await office.wishes()

    def take_back(session: Session) -> None:
        elin = viewer(find_user(session, "elin@klarruta.example"))
        letter_writing.withdraw(session, elin, session.get_one(Interaction, wish.interaction_id))

    await office.sale.db.write(take_back)
    (wish,) = await office.wishes()
    assert (await office.letters(), wish.interaction_id, wish.done_at is not None) == ([], None, True)


async def test_a_message_may_be_of_a_template(office: Office) -> None:
    await Mailbox(office.sale.firm).open()

    def template(session: Session) -> None:
        session.add(
            LetterTemplate(name="Thanks", shortcut="", subject="For {contact.name}", text="Thank you!")
        )

    await office.sale.db.write(template)
    deed = send("m", 'template="Thanks"', "")
    await office.sale.begin(await office.sale.publish(drawn(start(), deed, end(), way("s m e"))))
    await office.works()
    (letter,) = await office.letters()
    assert (letter.subject, letter.text.startswith("Thank you!")) == ("For Karin Ekdahl", True)


async def test_a_message_goes_to_the_messenger_where_he_wrote_last(office: Office) -> None:
    messenger = Messenger(office.sale.firm)
    await messenger.open()
    came = await messenger.writes("Hello")
    office.sale.contact_id = came.contact
    deed = send("m", 'by="messenger"', "Good day!")
    await office.sale.begin(await office.sale.publish(drawn(start(), deed, end(), way("s m e"))), deal=False)
    await office.works()
    commands = await office.sale.read(lambda session: session.scalars(select(Outgoing.command)).all())
    assert "Good day!" in [convert(each, SendMessage).text for each in commands]


async def test_a_robot_writes_a_letter_from_a_template_and_words_in_the_chat(office: Office) -> None:
    await Mailbox(office.sale.firm).open()
    messenger = Messenger(office.sale.firm)
    await messenger.open()
    came = await messenger.writes("Hello")

    def enter(session: Session) -> None:
        maria = viewer(find_user(session, "maria@klarruta.example"))
        session.add(LetterTemplate(name="Thanks", shortcut="", subject="For {deal.title}", text="Thank you!"))
        add_handles(session, came.contact, [("mail", "ada@lovelace.example")])
        measured = session.scalars(select(Stage).where(Stage.name == "Measured")).one()
        written = [
            RobotDeed(kind="letter", text="Thanks"),
            RobotDeed(kind="chat", text="Measured: {deal.title}"),
        ]
        robots.set_deeds(session, maria, measured, written)
        deal = session.get_one(Deal, office.sale.deal_id)
        deal.contact_id = came.contact
        session.flush()
        deal_moves.move(session, maria, deal, measured.id)

    await office.sale.db.write(enter)
    await office.works()
    commands = await office.sale.read(lambda session: session.scalars(select(Outgoing.command)).all())
    said = [(each.get("subject", ""), str(each["text"]).split("\n")[0]) for each in commands]
    assert ("For Windows for Karin", "Thank you!") in said
    assert ("", "Measured: Windows for Karin") in said


async def to_the_head(office: Office) -> SendLetter:
    """Have a run write to Sofia, who leads the sales, with Annika as the admin."""
    await Mailbox(office.sale.firm).open()
    await office.sale.db.write(add_user, "annika@klarruta.example", "Annika Kron", "admin")
    deed = send("m", 'who="head"', "It is done.")
    await office.sale.begin(await office.sale.publish(drawn(start(), deed, end(), way("s m e"))))
    await office.works()
    (letter,) = await office.letters()
    assert [each.address for each in letter.to] == ["sofia@klarruta.example"]
    return letter


async def told_of(office: Office) -> list[tuple[str, str, str]]:
    """Give who is told of what did not arrive, of what, and why."""

    def look(session: Session) -> list[tuple[str, str, str]]:
        rows = session.scalars(select(Task).where(Task.kind == "notice").order_by(Task.id))
        return [(session.get_one(User, row.assignee_id).name, str(row.title), str(row.why)) for row in rows]

    return await office.sale.read(look)


async def test_a_letter_to_a_colleague_that_comes_back_is_told_to_its_sender_and_an_admin(
    office: Office,
) -> None:
    letter = await to_the_head(office)
    back = Bounce(recipient="sofia@klarruta.example", action="failed", status="5.1.1", hard=True,
                  diagnostic="550 unknown", original_message_id=letter.message_id)  # fmt: skip
    post = Mailbox(office.sale.firm)
    for number in range(2):  # some servers say it twice
        event = LetterReceived(
            key=f"b{number}", kind="bounce", automatic=True, subject="Undelivered", bounces=(back,)
        )
        await post.gets_event(event)
    title, why = "Did not reach Sofia Hjelm: Yours", "It did not reach sofia@klarruta.example: 550 unknown"
    assert await told_of(office) == [("Elin Sandgren", title, why), ("Annika Kron", title, why)]


def refuse(session: Session) -> None:
    """Have the mail server refuse the letter."""
    row = session.scalars(select(Outgoing)).one()
    row.due_at, row.failed_at, row.error = None, now(), "550 no such mailbox"
    letter_fates.settle(session, row)


async def test_while_an_admin_is_away_another_is_told(office: Office) -> None:
    await to_the_head(office)

    def leaves(session: Session) -> None:
        add_user(session, "bjorn@klarruta.example", "Björn Ek", "admin", None)
        annika = find_user(session, "annika@klarruta.example")
        add_absence(session, annika.id, now() - timedelta(days=1), now() + timedelta(days=7))

    await office.sale.db.write(leaves)
    await office.sale.db.write(refuse)
    assert [who for who, *_ in await told_of(office)] == ["Elin Sandgren", "Björn Ek"]


async def test_a_letter_to_a_colleague_that_is_refused_is_told_as_well(office: Office) -> None:
    await to_the_head(office)
    await office.sale.db.write(refuse)
    assert [(who, why) for who, _title, why in await told_of(office)] == [
        ("Elin Sandgren", "The mail server refused it: 550 no such mailbox"),
        ("Annika Kron", "The mail server refused it: 550 no such mailbox"),
    ]


async def test_what_cannot_be_written_is_told_and_tried_again_once_it_is_mended(office: Office) -> None:
    run_id = await office.sale.begin(
        await office.sale.publish(drawn(start(), send("m", words="Hello"), end(), way("s m e")))
    )
    await office.works()
    run = await office.sale.run(run_id)
    assert str(run.stuck) == "there is no mailbox of ours to write from"
    await Mailbox(office.sale.firm).open()

    def again(session: Session) -> None:
        boss = viewer(find_user(session, "maria@klarruta.example"))
        run_mending.try_again(session, boss, session.get_one(Run, run_id))

    await office.sale.db.write(again)
    await office.works()
    assert (len(await office.letters()), (await office.sale.run(run_id)).ended_at is not None) == (1, True)


async def test_what_fails_goes_to_the_error_event_at_its_edge(office: Office) -> None:
    await office.sale.begin(
        await office.sale.publish(
            drawn(
                start(), send("m", words="Hello"), error("c", at="m"), user("b", "Ring instead"), end(), end("f"),
                way("s m e"), way("c b f"),
            )
        )
    )  # fmt: skip
    await office.works()
    assert await office.sale.open_steps() == {"Ring instead": "Elin"}
    (wish,) = await office.wishes()
    assert (wish.failed_at is not None, wish.due_at) == (True, None)


async def test_a_stage_that_refuses_goes_to_the_error_event_at_its_edge(office: Office) -> None:
    diagram = drawn(
        start(), user("a", "A"), stage("t", "Called"), error("c", at="t"), user("b", "Fill it in"), end(), end("f"),
        way("s a t e"), way("c b f"),
    )  # fmt: skip
    version = await office.sale.publish(diagram)
    await require(office.sale, "phone")
    await office.sale.begin(version)
    await office.sale.do("A")
    assert (await office.sale.stage(), await office.sale.open_steps()) == ("Request", {"Fill it in": "Elin"})
    await office.sale.do("Fill it in")
    await require(office.sale)
    await office.sale.begin(version)
    await office.sale.do("A")
    assert (await office.sale.stage(), await office.sale.open_steps()) == ("Called", {})


async def require(sale: Sale, *fields: str) -> None:
    """Have the stage Called ask for fields."""

    def change(session: Session) -> None:
        session.scalars(select(Stage).where(Stage.name == "Called")).one().required = list(fields)

    await sale.db.write(change)


async def test_what_fails_inside_a_sub_process_may_be_caught_at_its_edge(office: Office) -> None:
    unnamed = error("c", at="sub").replace(' errorRef="oops"', "")
    diagram = drawn(
        start(), inside("sub", "Sub", start("s2"), send("m", words="Hello"), end("e2"), way("s2 m e2")), unnamed,
        user("b", "Ring instead"), end(), end("f"), way("s sub e"), way("c b f"),
    )  # fmt: skip
    await office.sale.begin(await office.sale.publish(diagram))
    await office.works()
    assert await office.sale.open_steps() == {"Ring instead": "Elin"}


async def test_an_error_of_another_name_is_none_of_a_deeds(office: Office) -> None:
    inner = inside("sub", "Sub", start("s2"), send("m", words="Hello"), error_end("x"), way("s2 m x"))
    run_id = await office.sale.begin(
        await office.sale.publish(
            drawn(
                start(),
                inner,
                error("c", at="sub"),
                user("b", "B"),
                end(),
                end("f"),
                way("s sub e"),
                way("c b f"),
            )
        )
    )
    await office.works()
    assert "mailbox" in (await office.sale.run(run_id)).stuck
    assert await office.sale.open_steps() == {"“Windows” is stuck": "Elin"}


async def test_a_run_that_is_ended_has_nothing_more_done(office: Office) -> None:
    run_id = await office.sale.begin(await office.sale.publish(QUOTED))

    def stop(session: Session) -> None:
        boss = viewer(find_user(session, "maria@klarruta.example"))
        run_mending.stop(session, boss, session.get_one(Run, run_id), "sold elsewhere")

    await office.sale.db.write(stop)
    await office.works()
    assert await office.documents() == []


async def test_somebody_is_told_by_a_task_that_asks_for_nothing(office: Office) -> None:
    diagram = drawn(start(), told("n", "notify", "was sold"), end(), way("s n e"))
    run_id = await office.sale.begin(await office.sale.publish(diagram))
    (task,) = await office.sale.read(lambda session: session.scalars(select(Task)).all())
    assert (str(task.title), task.kind) == ("Karin Ekdahl: was sold", "notice")
    assert (await office.sale.open_steps(), (await office.sale.run(run_id)).ended_at is not None) == (
        {"Karin Ekdahl": "Sofia"},
        True,
    )


async def test_what_is_missing_for_a_deed_is_told_before_publishing(office: Office) -> None:
    diagram = drawn(
        start(), document("q", "brochure"), send("m", 'template="Nothing" by="pigeon" attach="x"'),
        send("n", words="Dear {contact.shoesize}"), told("t", "notify", ""), end(), way("s q m n t e"),
    )  # fmt: skip
    with pytest.raises(Faulty) as told_of:
        await office.sale.publish(diagram)
    words = [str(fault.words) for fault in told_of.value.faults]
    assert words[:5] == [
        "*Write* writes by “pigeon”: choose mail or messenger",
        "*Write* attaches “x”, which makes no document",
        "*Tell* says not whom it tells what",
        "*Make it*: there is no template of documents “brochure”",
        "*Write*: there is no template of letters “Nothing”",
    ]
    assert "contact.shoesize" in words[5]


async def test_no_number_is_left_out_where_a_deed_is_tried_again(office: Office) -> None:
    for _time in range(3):
        await office.sale.begin(
            await office.sale.publish(drawn(start(), document("q"), end(), flow("s", "q"), flow("q", "e")))
        )
    await office.works()
    count = await office.sale.read(
        lambda session: session.scalar(select(func.count()).select_from(DealDocument))
    )
    assert ([each[-4:] for each in await office.documents()], count) == (["0001", "0002", "0003"], 3)


async def test_what_was_caught_or_left_behind_is_not_done_when_a_run_is_tried_again(office: Office) -> None:
    caught = drawn(
        start(), send("m", words="Hello"), error("c", at="m"), message("w", "Paid", "payment received"),
        stage("t", "Called"), send("n", words="Bye"), end(), end("f"), way("s m e"), way("c w t n f"),
    )  # fmt: skip
    await require(office.sale, "phone")
    run_id = await office.sale.begin(await office.sale.publish(caught))
    await office.works()
    await office.sale.hear("payment received")
    assert "Phone number" in (await office.sale.run(run_id)).stuck
    await Mailbox(office.sale.firm).open()
    await require(office.sale)

    def again(session: Session) -> None:
        boss = viewer(find_user(session, "maria@klarruta.example"))
        run_mending.try_again(session, boss, session.get_one(Run, run_id))

    await office.sale.db.write(again)
    await office.works()
    assert [letter.text.splitlines()[0] for letter in await office.letters()] == ["Bye"]


async def test_a_run_that_is_over_is_not_tried_again(office: Office) -> None:
    run_id = await office.sale.begin(await office.sale.publish(drawn(start(), end(), way("s e"))))
    ended = (await office.sale.run(run_id)).ended_at

    def again(session: Session) -> None:
        boss = viewer(find_user(session, "maria@klarruta.example"))
        run_mending.try_again(session, boss, session.get_one(Run, run_id))

    with pytest.raises(Stuck, match="this run is over"):
        await office.sale.db.write(again)
    assert (await office.sale.run(run_id)).ended_at == ended

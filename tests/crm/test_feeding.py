"""What happens elsewhere moves runs: forms, letters, calls, stages. Once each, and told to whom it concerns alone."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import deal_moves, desk, happenings, run_mending, run_moves
from crm.contacts import add_handles
from crm.deals import Deal
from crm.desk import Refusal
from crm.pipelines import LostReason, Pipeline, Stage
from crm.runs import Run
from hub import audit
from hub.audit import Entry
from hub.clock import Clock, now
from hub.db import Database
from hub.rows import insert
from hub.users import find_user, viewer
from tests.crm.drawing import drawn, end, gateway, message, stage, start, timer, user, way
from tests.crm.mailbox import Mailbox
from tests.crm.sale import Sale
from tests.crm.switchboard import KARIN, Switchboard
from tests.crm.website import Website

WAITING = "<bpmn:messageEventDefinition messageRef='{}'/>"
KARINS = "karin@ekdahl.example"
LETTER = f"From: Karin <{KARINS}>\r\nTo: support@example.org\r\nSubject: When?\r\nMessage-ID: <a1@x>\r\n\r\nWhen?\r\n"


@pytest.fixture
async def sale(db: Database, clock: Clock) -> Sale:  # noqa: ARG001 - it is set right again afterwards
    """Give the company with a deal in it; Karin has a number and an address."""
    made = Sale(db)
    await made.found()
    await db.write(add_handles, made.contact_id, [("phone", KARIN), ("mail", KARINS)])
    return made


@pytest.fixture
async def website(sale: Sale) -> Website:
    """Give the company's website, whose requests open deals."""
    site = Website(sale.db)
    await site.open()
    await opened_by(sale, "website")
    return site


async def opened_by(sale: Sale, *channels: str) -> None:
    """Have requests by these channels open deals."""

    def change(session: Session) -> None:
        session.scalars(select(Pipeline)).one().opened_by = list(channels)

    await sale.db.write(change)


async def deals(sale: Sale) -> list[Deal]:
    """Give all deals but Karin's first one."""
    rows = select(Deal).where(Deal.id != sale.deal_id).order_by(Deal.id)
    return await sale.read(lambda session: list(session.scalars(rows)))


async def move(sale: Sale, to: str, deal_id: int = 0) -> None:
    """Have Elin put the deal into a stage."""

    def run(session: Session) -> None:
        who = viewer(find_user(session, "elin@klarruta.example"))
        stage_id = session.scalars(select(Stage.id).where(Stage.name == to)).one()
        deal_moves.move(session, who, session.get_one(Deal, deal_id or sale.deal_id), stage_id)

    await sale.db.write(run)


def waits(*names: str) -> str:
    """Draw a process that waits for one thing after the other, and then has Elin know."""
    events = [message(f"m{number}", name, name) for number, name in enumerate(names)]
    ids = " ".join(f"m{number}" for number in range(len(names)))
    return drawn(start(), *events, user("a", "Know it"), end(), way(f"s {ids} a e"))


BEGINS = drawn(
    start(inner=WAITING.format("form_submitted")),
    user("a", "Call the buyer"),
    stage("c", "Called"),
    user("b", "Measure"),
    end(),
    way("s a c b e"),
)


async def test_a_stage_that_asks_for_more_refuses_the_step_in_the_same_words(sale: Sale) -> None:
    await require(sale, "Called", "expected_on")
    run_id = await sale.begin(
        await sale.publish(drawn(start(), user("a", "A"), stage("t", "Called"), end(), way("s a t e")))
    )
    with pytest.raises(desk.Refusal, match="Not before this is filled in: Expected on"):
        await sale.do("A")
    assert (await sale.stage(), await sale.open_steps()) == ("Request", {"A": "Elin"})
    await sale.hear("payment received")
    assert (await sale.run(run_id)).ended_at is None


async def require(sale: Sale, name: str, *fields: str) -> None:
    """Have a stage ask for fields."""

    def change(session: Session) -> None:
        session.scalars(select(Stage).where(Stage.name == name)).one().required = list(fields)

    await sale.db.write(change)


async def test_a_payment_that_met_a_closed_stage_is_not_forgotten(sale: Sale) -> None:
    await require(sale, "Installation", "expected_on")
    paid = drawn(
        start(), message("m", "Paid", "payment received"), stage("t", "Installation"), end(), way("s m t e")
    )
    run_id = await sale.begin(await sale.publish(paid))
    await sale.hear("payment received")
    run = await sale.run(run_id)
    assert "Not before this is filled in: Expected on" in run.stuck
    assert await sale.hear("payment received") == 0, "a second one waits with the first"
    await require(sale, "Installation")
    await try_again(sale, run_id)
    assert (await sale.stage(), (await sale.run(run_id)).ended_at is not None) == ("Installation", True)


async def test_money_that_comes_before_it_is_waited_for_is_heard_then(sale: Sale) -> None:
    late = drawn(
        start(), user("a", "Ask for the payment"), message("m", "Paid", "payment received"),
        stage("t", "Installation"), end(), way("s a m t e"),
    )  # fmt: skip
    run_id = await sale.begin(await sale.publish(late))
    await sale.hear("payment received")
    assert await sale.stage() == "Request"
    await sale.do("Ask for the payment")
    assert (await sale.stage(), (await sale.run(run_id)).ended_at is not None) == ("Installation", True)


async def test_a_signature_that_comes_before_the_sending_is_ticked_off_counts(sale: Sale) -> None:
    signed = drawn(
        start(), user("a", "Agree"), user("b", "Send the contract"), message("m", "Signed", "document signed"),
        user("c", "Pay out"), end(), way("s a b m c e"),
    )  # fmt: skip
    await sale.begin(await sale.publish(signed))
    await sale.hear("document signed")
    await sale.do("Agree")
    await sale.do("Send the contract")
    assert await sale.open_steps() == {}, "that was another document"
    await sale.begin(await sale.publish(signed, "Another"))
    await sale.do("Agree")
    await sale.db.write(end_first)
    await sale.hear("document signed")
    await sale.do("Send the contract")
    assert list(await sale.open_steps()) == ["Pay out"]


def end_first(session: Session) -> None:
    """Have the boss end the first run."""
    boss = viewer(find_user(session, "maria@klarruta.example"))
    run_mending.stop(session, boss, session.scalars(select(Run).order_by(Run.id)).all()[0], "Begun anew")


async def test_a_stuck_run_that_goes_on_by_another_step_hears_what_came(sale: Sale) -> None:
    await require(sale, "Called", "expected_on")
    forked = drawn(
        start(), gateway("g", kind="parallel"), stage("t", "Called"), user("b", "B"), end(), user("a", "A"),
        message("m", "Paid", "payment received"), user("c", "C"), end("f"),
        way("s g a t b e"), way("g m c f"),
    )  # fmt: skip
    run_id = await sale.begin(await sale.publish(forked))
    with pytest.raises(Refusal):
        await sale.do("A")
    await stick(sale, run_id)
    await sale.hear("payment received")
    await require(sale, "Called")
    await sale.do("A")
    run = await sale.run(run_id)
    assert (str(run.stuck), run.stuck_at, set(await sale.open_steps())) == ("", None, {"B", "C"})


async def stick(sale: Sale, run_id: int) -> None:
    """Have a run say that it cannot go on."""

    def run(session: Session) -> None:
        found = session.get_one(Run, run_id)
        found.stuck, found.stuck_at = "something is wrong", now()

    await sale.db.write(run)


async def try_again(sale: Sale, run_id: int) -> None:
    """Have the boss try a run again."""

    def run(session: Session) -> None:
        boss = viewer(find_user(session, "maria@klarruta.example"))
        run_mending.try_again(session, boss, session.get_one(Run, run_id))

    await sale.db.write(run)


async def test_a_move_by_a_run_stands_in_the_audit_as_everybodys(sale: Sale) -> None:
    await sale.begin(
        await sale.publish(drawn(start(), user("a", "A"), stage("t", "Called"), end(), way("s a t e")))
    )
    await sale.do("A")
    wanted = select(Entry).where(Entry.kind == "deal", Entry.verb == audit.CHANGED).order_by(Entry.id.desc())
    change = await sale.read(lambda session: session.scalars(wanted).first())
    assert change is not None
    elin = await sale.read(lambda session: find_user(session, "elin@klarruta.example").id)
    assert (change.user_id, "stage_id" in change.changes) == (elin, True)


async def test_a_deal_is_lost_for_a_reason_that_the_diagram_names(sale: Sale) -> None:
    def lose(session: Session) -> None:
        session.scalars(select(Stage).where(Stage.name == "Installed")).one().ends = "lost"
        insert(session, LostReason, name="Too dear", position=0, retired_at=None)

    await sale.db.write(lose)
    nameless = drawn(start(), stage("t", "Installed"), end(), way("s t e"))
    with pytest.raises(run_moves.Stuck, match="Say why it is lost"):
        await sale.begin(await sale.publish(nameless))
    named = nameless.replace('name="Installed"', 'name="Installed" reason="Too dear"')
    await sale.begin(await sale.publish(named))
    deal = await sale.read(lambda session: session.get_one(Deal, sale.deal_id))
    assert (deal.lost_at is not None, deal.lost_reason_id is not None) == (True, True)


async def test_a_stage_that_somebody_changes_moves_what_waits_for_it(sale: Sale) -> None:
    await sale.begin(await sale.publish(waits("stage changed")))
    await move(sale, "Called")
    assert await sale.open_steps() == {"Know it": "Elin"}


async def test_a_run_does_not_hear_what_it_did_itself(sale: Sale) -> None:
    own = drawn(
        start(), stage("t", "Called"), message("m", "Moved", "stage changed"), user("a", "A"), end(),
        way("s t m a e"),
    )  # fmt: skip
    run_id = await sale.begin(await sale.publish(own))
    assert (await sale.run(run_id)).waits_for == ["stage changed"]
    await move(sale, "Measured")
    assert await sale.open_steps() == {"A": "Elin"}


async def test_one_run_wakes_another_in_the_same_transaction(sale: Sale) -> None:
    await sale.begin(await sale.publish(waits("stage changed"), "Second"))
    await sale.begin(await sale.publish(drawn(start(), stage("t", "Called"), end(), way("s t e")), "First"))
    assert await sale.open_steps() == {"Know it": "Elin"}


async def test_two_that_wake_each_other_for_ever_are_stopped_and_say_so(sale: Sale) -> None:
    def circle(one: str, other: str) -> str:
        steps = "".join(way(f"m{number} t{number} u{number} m{number + 1}") for number in range(9))
        parts = [
            part
            for number in range(9)
            for part in (
                message(f"m{number}", "Moved", "stage changed"),
                stage(f"t{number}", one),
                stage(f"u{number}", other),
            )
        ]
        return drawn(
            start(), *parts, message("m9", "Moved", "stage changed"), end(), way("s m0"), steps, way("m9 e")
        )

    first = await sale.begin(await sale.publish(circle("Called", "Measured"), "One"))
    second = await sale.begin(await sale.publish(circle("Quoted", "Agreed"), "Other"))
    await move(sale, "Installation")
    told = {(await sale.run(each)).stuck for each in (first, second)}
    assert "Processes make each other go on, round and round" in told


async def test_a_payment_of_one_deal_moves_no_run_of_another(sale: Sale) -> None:
    await sale.begin(await sale.publish(waits("payment received")))

    def other(session: Session) -> int:
        known = session.get_one(Deal, sale.deal_id)
        made = Deal(title="A door", contact_id=known.contact_id, pipeline_id=known.pipeline_id,
                    stage_id=known.stage_id, currency="SEK")  # fmt: skip
        session.add(made)
        session.flush()
        return made.id

    second = await sale.db.write(other)
    assert await sale.db.write(run_moves.hear, "payment received", deal_id=second) == 0
    assert await sale.hear("payment received") == 1


async def test_a_letter_moves_what_waits_for_one_once(sale: Sale) -> None:
    mailbox = Mailbox(sale.firm)
    await mailbox.open()
    run_id = await sale.begin(await sale.publish(waits("mail received", "mail received")))
    came = await mailbox.gets(LETTER.encode())
    assert (await sale.run(run_id)).waits_for == ["mail received"]
    await mailbox.replays(came)
    assert (await sale.run(run_id)).waits_for == ["mail received"], "read again, it is the same letter"


async def test_a_call_that_was_answered_moves_what_waits_for_it_once(sale: Sale) -> None:
    pbx = Switchboard(sale.firm)
    await pbx.open()
    run_id = await sale.begin(await sale.publish(waits("call answered", "call answered")))
    await pbx.misses(KARIN)
    assert len([step for step in await sale.steps(run_id) if step.ended_at is not None]) == 1
    call = pbx.answered(pbx.rings(KARIN))
    await pbx.tells(call)
    over = pbx.ended(call, seconds=60)
    await pbx.tells(over)
    await pbx.tells(over)
    assert (await sale.run(run_id)).waits_for == ["call answered"], "told twice, it is one call"
    await pbx.talks(KARIN)
    assert "Know it" in await sale.open_steps()


async def test_a_request_opens_a_deal_and_its_process_takes_it_from_there(
    sale: Sale, website: Website
) -> None:
    await sale.publish(BEGINS)
    sent = await website.sends(name="Ada", phone="070-999 88 77", message="Two windows and a door")
    (deal,) = await deals(sale)
    assert (deal.title, deal.source, deal.contact_id) == ("Two windows and a door", "Website", sent.contact)
    (run,) = await sale.read(lambda session: session.scalars(select(Run)).all())
    assert (run.deal_id, run.started_by) == (deal.id, None)
    assert [str(task.title) for task in await website.tasks()] == ["Call the buyer: Ada"]
    await sale.do("Call the buyer")
    (deal,) = await deals(sale)
    elin = await sale.read(lambda session: find_user(session, "elin@klarruta.example").id)
    assert deal.responsible_id == elin, "who calls first has the deal"


async def test_a_request_that_is_sent_or_read_again_doubles_nothing(sale: Sale, website: Website) -> None:
    await sale.publish(BEGINS)
    answers = {"name": "Ada", "phone": "070-999 88 77"}
    sent = await website.sends(**answers, message="Two windows")
    await website.sends(**answers, message="Two windows")
    await website.replays(sent)
    await website.sends(**answers, message="And a door")
    assert len(await deals(sale)) == 1
    assert len(await sale.read(lambda session: session.scalars(select(Run)).all())) == 1
    titles = [str(task.title) for task in await website.tasks()]
    assert titles == ["Call the buyer: Ada", "First answer: Ada"], "what is new is answered as ever"


async def test_a_channel_that_opens_nothing_makes_a_task_alone(sale: Sale, website: Website) -> None:
    await opened_by(sale, "pbx")
    await sale.publish(BEGINS)
    await website.sends(name="Ada", phone="070-999 88 77", message="Hello")
    assert await deals(sale) == []
    assert [str(task.title) for task in await website.tasks()] == ["First answer: Ada"]
    assert await sale.read(lambda session: session.scalars(select(Run)).all()) == [], (
        "it moves deals, and has none"
    )


async def test_a_process_that_cannot_begin_loses_no_request(sale: Sale, website: Website) -> None:
    wait = timer("w", "Day before", "answer_on - 1").replace("timeDuration", "timeDate")
    asks = user("a", "A", '<ringback:answer name="answer_on" kind="day"/>')
    begins = start(inner=WAITING.format("form_submitted"))
    await sale.publish(drawn(begins, wait, asks, end(), way("s w a e")))
    await website.sends(name="Ada", phone="070-999 88 77", message="Hello")
    (run,) = await sale.read(lambda session: session.scalars(select(Run)).all())
    assert ("until when" in run.stuck, [str(task.title) for task in await website.tasks()]) == (
        True,
        ["“Windows” is stuck: Ada", "First answer: Ada"],
    )


async def test_a_call_opens_a_deal_where_that_is_wished(sale: Sale) -> None:
    pbx = Switchboard(sale.firm)
    await pbx.open()
    await opened_by(sale, "pbx")
    await pbx.misses("+46709998877")
    await pbx.talks("+46709998877")
    (deal,) = await deals(sale)
    assert deal.source == "Office"
    tasks = await pbx.tasks()
    assert len(tasks) == 1, "the call-back, as ever"


async def test_a_letter_that_begins_something_opens_a_deal_where_that_is_wished(sale: Sale) -> None:
    mailbox = Mailbox(sale.firm)
    await mailbox.open()
    await opened_by(sale, mailbox.channels[21].name)
    await mailbox.gets(LETTER.replace(KARINS, "ada@example.net").encode())
    (deal,) = await deals(sale)
    assert deal.title == "When?"


async def test_whoever_hears_is_asked_where_it_happens(sale: Sale) -> None:
    await sale.begin(await sale.publish(waits("visit done")))
    assert await sale.db.write(happenings.tell, "visit done", deal_id=sale.deal_id) == 1

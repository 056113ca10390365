"""A sale that two nodes move at once: what one has done, the other does not do against it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import (
    appointment_deeds,
    appointment_news,
    desk,
    document_trials,
    handovers,
    invoice_making,
    paying,
    processes,
    run_moves,
    signings,
)
from crm.appointment_changes import Plan
from crm.appointment_times import Unfit
from crm.appointments import Appointment
from crm.deal_moves import move
from crm.deals import Deal, DealMove
from crm.desk import Refusal
from crm.documents import DealDocument, add_version
from crm.handover_items import Handover, Item
from crm.invoices import Invoice
from crm.payments import Payment
from crm.pipelines import Stage
from crm.processes import Process, ProcessVersion
from crm.runs import Run
from crm.signings import Visitor
from crm.tasks import Closed, Task
from hub.audit import RINGBACK
from hub.clock import Clock, now
from hub.db import Database
from hub.payments import PaymentHeard
from hub.users import Viewer, find_user, viewer
from tests.crm.drawing import drawn, end, stage, start, timer, user, way
from tests.crm.mailbox import Mailbox
from tests.crm.nodes import overtaken
from tests.crm.sale import Sale
from tests.crm.test_payments import GROSS, waiting
from tests.crm.till import Till
from tests.crm.visiting import ZONE, Visiting, at

HERE = Visitor("192.0.2.7", "Firefox")


async def asked(till: Till) -> tuple[int, str]:
    """Have a document that is to be signed: give it, and the token of its link."""

    def ask(session: Session, maria: Viewer) -> tuple[int, str]:
        template = document_trials.make(session, RINGBACK, "Quote", "pdf", "Q-{number}")
        blob = sha256(b"a quote").hexdigest()
        version, deal = add_version(session, None, template, blob), session.get_one(Deal, till.deal)
        document = DealDocument(
            deal_id=deal.id, contact_id=deal.contact_id, version_id=version.id, series_id=template.series_id,
            number="Q-1", language="en", blob=blob, size=7, amount=100, currency="SEK",
        )  # fmt: skip
        session.add(document)
        session.flush()
        return document.id, signings.ask(session, maria, document)[1]

    return await till.do(ask)


def signing(token: str, name: str = "Karin Ekdahl") -> Callable[[Session], None]:
    """Give what signs by a link."""

    def sign(session: Session) -> None:
        found = signings.found(session, token, lock=True)
        assert found is not None
        signings.sign(session, found, name, HERE)

    return sign


async def test_a_signature_and_the_withdrawal_of_its_link_exclude_each_other(
    till: Till, node: Database
) -> None:
    document, token = await asked(till)

    def revoke(session: Session, maria: Viewer) -> None:
        signings.revoke(session, maria, session.get_one(DealDocument, document))

    late, _ = await overtaken(till.db, signing(token), node, till.doing(revoke))
    assert isinstance(late, Refusal)
    assert "taken back" in str(late)


async def test_a_link_that_is_signed_is_not_withdrawn_and_not_signed_again(
    till: Till, node: Database
) -> None:
    document, token = await asked(till)

    def revoke(session: Session, maria: Viewer) -> str:
        row = session.get_one(DealDocument, document)
        signings.revoke(session, maria, row)
        return signings.standing_of(session, signings.signings_of(session, document)[0], row)

    assert await overtaken(till.db, till.doing(revoke), node, signing(token)) == ("signed", None)
    document, token = await asked_again(till)
    late, _ = await overtaken(till.db, signing(token, "Bo Ekdahl"), node, signing(token))
    assert isinstance(late, Refusal)
    assert "signed already, by Karin" in str(late)


async def asked_again(till: Till) -> tuple[int, str]:
    """Have another document to be signed."""

    def ask(session: Session, maria: Viewer) -> tuple[int, str]:
        first = session.scalars(select(DealDocument)).one()
        more = DealDocument(
            deal_id=first.deal_id, contact_id=first.contact_id, version_id=first.version_id, size=7, amount=100,
            series_id=first.series_id, number="Q-2", language="en", blob=first.blob, currency="SEK",
        )  # fmt: skip
        session.add(more)
        session.flush()
        return more.id, signings.ask(session, maria, more)[1]

    return await till.do(ask)


async def test_money_for_what_another_node_cancelled_is_refused_and_moves_nothing(
    till: Till, node: Database
) -> None:
    await waiting(till)
    invoice, payment = await till.invoice(), await till.pay(GROSS)

    def credit(session: Session, maria: Viewer) -> Invoice:
        return invoice_making.credit(session, maria, session.get_one(Invoice, invoice.id), "Wrong")

    def give(session: Session, maria: Viewer) -> None:
        paying.give(session, maria, session.get_one(Payment, payment.id), {invoice.id: GROSS})

    late, _ = await overtaken(till.db, till.doing(give), node, till.doing(credit))
    assert isinstance(late, Refusal)
    assert await till.sale.open_steps() == {}


async def test_of_two_payments_of_two_halves_at_once_the_second_moves_the_deal_once(
    till: Till, node: Database
) -> None:
    await waiting(till)
    deposit = await till.invoice("deposit", 5_000)
    rest = await till.invoice("rest")
    paid = [await till.pay(each.amount) for each in (deposit, rest)]

    def giving(payment: Payment, invoice: Invoice) -> Callable[[Session], None]:
        return till.doing(
            lambda session, maria: paying.give(
                session, maria, session.get_one(Payment, payment.id), {invoice.id: invoice.amount}
            )
        )

    await overtaken(till.db, giving(paid[0], deposit), node, giving(paid[1], rest))
    assert set(await till.sale.open_steps()) == {"Fit the windows"}


async def test_a_payment_that_is_taken_back_while_another_pays_the_rest_leaves_the_deal_unpaid(
    till: Till, node: Database
) -> None:
    await waiting(till)
    deposit = await till.invoice("deposit", 5_000)
    rest = await till.invoice("rest")
    first, second = await till.pay(deposit.amount, deposit.id), await till.pay(rest.amount)

    def give(session: Session, maria: Viewer) -> None:
        paying.give(session, maria, session.get_one(Payment, second.id), {rest.id: rest.amount})

    def undo(session: Session, maria: Viewer) -> None:
        paying.undo(session, maria, session.get_one(Payment, first.id))

    await overtaken(till.db, till.doing(give), node, till.doing(undo))
    assert await till.sale.open_steps() == {}
    await till.pay(deposit.amount, deposit.id)
    assert set(await till.sale.open_steps()) == {"Fit the windows"}


def doing_step(task_id: int, by: str = "elin") -> Callable[[Session], None]:
    """Give what does a step, as somebody who saw its task."""

    def run(session: Session) -> None:
        who = viewer(find_user(session, f"{by}@klarruta.example"))
        desk.complete(session, who, session.get_one(Task, task_id), answers={})

    return run


async def only_task(sale: Sale) -> int:
    """Give the task that is open."""
    return await sale.read(
        lambda session: session.scalars(select(Task.id).where(Task.done_at.is_(None))).one()
    )


@pytest.fixture
async def sale(db: Database, clock: Clock) -> Sale:  # noqa: ARG001 - it is set right again afterwards
    """Give a deal."""
    made = Sale(db)
    await made.found()
    return made


async def test_a_step_that_another_node_did_is_not_done_again(sale: Sale, node: Database) -> None:
    run = await sale.begin(
        await sale.publish(drawn(start(), user("a", "A"), user("b", "B"), end(), way("s a b e")))
    )
    task = await only_task(sale)
    late, soon = await overtaken(sale.db, doing_step(task), node, doing_step(task, "sofia"))
    assert (isinstance(late, Closed), soon) == (True, None)
    assert [step.element for step in await sale.steps(run)].count("b") == 1


@pytest.mark.parametrize("late", ["timer", "person"])
async def test_a_time_and_the_step_that_it_ends_exclude_each_other(
    sale: Sale, node: Database, clock: Clock, late: str
) -> None:
    diagram = drawn(
        start(), user("a", "A"), timer("t", "Late", "PT15M", at="a"), user("b", "B"), user("c", "C"), end(), end("f"),
        way("s a b e"), way("t c f"),
    )  # fmt: skip
    run, task = await sale.begin(await sale.publish(diagram)), await only_task(sale)
    clock.advance(minutes=16)
    step = doing_step(task)

    def fire(session: Session) -> None:
        run_moves.fire(session, run)

    if late == "timer":
        await overtaken(sale.db, fire, node, step)
        assert set(await sale.open_steps()) == {"B"}
    else:
        came, _ = await overtaken(sale.db, step, node, fire)
        assert isinstance(came, Closed)
        assert set(await sale.open_steps()) == {"C"}


async def test_a_person_who_moves_a_deal_that_another_node_moved_is_told(sale: Sale, node: Database) -> None:
    def moving(name: str) -> Callable[[Session], int | None]:
        def go(session: Session) -> int | None:
            deal, elin = (
                session.get_one(Deal, sale.deal_id),
                viewer(find_user(session, "elin@klarruta.example")),
            )
            to = session.scalars(select(Stage.id).where(Stage.name == name)).one()
            first = session.scalars(select(Stage.id).where(Stage.name == "Request")).one()
            return move(session, elin, deal, to, was=first)

        return go

    late, _ = await overtaken(sale.db, moving("Measured"), node, moving("Called"))
    assert str(late) == "Elin Sandgren moved it to “Called” meanwhile"
    assert await sale.stage() == "Called"


async def test_a_process_moves_a_deal_on_from_where_another_node_put_it(
    sale: Sale, node: Database, clock: Clock
) -> None:
    run = await sale.begin(
        await sale.publish(
            drawn(start(), timer("t", "Soon", "PT15M"), stage("m", "Measured"), end(), way("s t m e"))
        )
    )
    clock.advance(minutes=16)

    def fire(session: Session) -> None:
        run_moves.fire(session, run)

    def called(session: Session) -> None:
        to = session.scalars(select(Stage.id).where(Stage.name == "Called")).one()
        move(session, RINGBACK, session.get_one(Deal, sale.deal_id), to)

    await overtaken(sale.db, fire, node, called)
    names = select(Stage.name).join(DealMove, DealMove.to_id == Stage.id).order_by(DealMove.id)
    assert (await sale.read(lambda session: session.scalars(names).all()))[-2:] == ["Called", "Measured"]
    assert await sale.stage() == "Measured"


async def test_a_draft_that_two_publish_at_once_is_one_version(sale: Sale, node: Database) -> None:
    await sale.publish(drawn(start(), user("a", "A"), end(), way("s a e")))
    other = drawn(start(), user("b", "B"), end(), way("s b e")).encode()

    def draw(session: Session) -> None:
        maria = viewer(find_user(session, "maria@klarruta.example"))
        processes.draw(session, maria, session.scalars(select(Process)).one(), other)

    def publish(session: Session) -> int:
        maria = viewer(find_user(session, "maria@klarruta.example"))
        return processes.publish(session, maria, session.scalars(select(Process)).one()).number

    await sale.db.write(draw)
    assert await overtaken(sale.db, publish, node, publish) == (2, 2)
    count = select(func.count()).select_from(ProcessVersion)
    assert await sale.read(lambda session: session.scalar(count)) == 2


async def test_two_runs_are_not_begun_by_what_happens_on_two_nodes_at_once(
    sale: Sale, node: Database
) -> None:
    event = '<bpmn:messageEventDefinition messageRef="form_submitted"/>'
    await sale.publish(drawn(start(inner=event), user("a", "A"), end(), way("s a e")))

    def hear(session: Session) -> int:
        return run_moves.hear(session, "form submitted", deal_id=sale.deal_id)

    assert await overtaken(sale.db, hear, node, hear) == (0, 1)
    assert len(await sale.read(lambda session: session.scalars(select(Run)).all())) == 1


@pytest.fixture
async def visiting(mailbox: Mailbox, clock: Clock) -> Visiting:
    """Give the company's visits, on a Monday morning in winter."""
    clock.shift = datetime(2026, 11, 30, 8, tzinfo=UTC) - datetime.now(UTC)
    return Visiting(mailbox.firm)


async def test_a_fitter_s_hour_that_another_node_gave_away_is_taken(
    visiting: Visiting, node: Database
) -> None:
    karin, bo = await visiting.contact(), await visiting.contact("Bo", "bo@ek.example")

    def planning(contact_id: int, hour: str) -> Callable[[Session], int]:
        def plan(session: Session) -> int:
            nils, elin = (find_user(session, f"{each}@klarruta.example") for each in ("nils", "elin"))
            wanted = Plan(person_id=nils.id, starts_at=at(hour), minutes=60, zone=ZONE, address="Storgatan 1")
            made = appointment_deeds.make(
                session, viewer(elin), wanted, contact_id=contact_id, name="a customer"
            )
            return made.id

        return plan

    late, soon = await overtaken(visiting.firm.db, planning(karin, "09:00"), node, planning(bo, "09:30"))
    assert (isinstance(late, Unfit), isinstance(soon, int)) == (True, True)


async def test_a_customer_is_reminded_once_however_many_nodes_see_that_it_is_time(
    visiting: Visiting, node: Database, clock: Clock
) -> None:
    number = await visiting.plan(at("09:00"), await visiting.contact(), invites=False)
    clock.advance(days=6, hours=6)

    def fire(session: Session) -> None:
        appointment_news.fire(session, number)

    before = len(await visiting.letters())
    await overtaken(visiting.firm.db, fire, node, fire)
    row = await visiting.firm.db.read(lambda session: session.get_one(Appointment, number))
    assert row.reminded_at is not None
    assert len(await visiting.letters()) == before + 1
    assert row.starts_at > now()


async def test_money_of_which_a_provider_tells_two_nodes_at_once_came_once(
    till: Till, node: Database
) -> None:
    await waiting(till)
    invoice, channel = await till.invoice(), await till.provider()
    event = PaymentHeard(
        payment="p1", what="paid", total="108804.69", currency="SEK", at=now(), refers=(invoice.number or "",)
    )
    hearing = till.hearing(channel, event)
    late, soon = await overtaken(till.db, hearing, node, hearing)
    assert not isinstance(late, BaseException)
    assert not isinstance(soon, BaseException)
    (paid,) = await till.payments()
    assert ((await till.now(invoice)).paid, paid.given) == (GROSS, GROSS)
    assert set(await till.sale.open_steps()) == {"Fit the windows"}


async def test_what_is_paid_by_hand_and_by_a_provider_at_once_moves_the_deal_once(
    till: Till, node: Database
) -> None:
    await waiting(till)
    invoice, channel, by_hand = await till.invoice(), await till.provider(), await till.pay(GROSS)
    event = PaymentHeard(
        payment="p1", what="paid", total="108804.69", currency="SEK", at=now(), refers=(invoice.number or "",)
    )

    def give(session: Session, maria: Viewer) -> None:
        paying.give(session, maria, session.get_one(Payment, by_hand.id), {invoice.id: GROSS})

    await overtaken(till.db, till.doing(give), node, till.hearing(channel, event))
    assert (await till.now(invoice)).paid == 2 * GROSS
    assert set(await till.sale.open_steps()) == {"Fit the windows"}


@pytest.mark.parametrize("late", ["hand-over", "person"])
async def test_a_task_that_is_done_while_it_is_taken_back_stays_where_it_was_done(
    sale: Sale, node: Database, late: str
) -> None:
    await sale.begin(await sale.publish(drawn(start(), user("a", "A"), end(), way("s a e"))))
    task = await only_task(sale)

    def give(session: Session) -> int:
        elin, johan = (find_user(session, f"{each}@klarruta.example") for each in ("elin", "johan"))
        wanted = {Item("task", task): f"user:{johan.id}"}
        return handovers.hand_over(session, viewer(elin), elin, wanted, "On leave").id

    deed = await sale.db.write(give)

    def back(session: Session) -> tuple[int, int]:
        elin = viewer(find_user(session, "elin@klarruta.example"))
        return handovers.take_back(session, elin, session.get_one(Handover, deed))

    done = doing_step(task, "johan")
    if late == "person":
        came, count = await overtaken(sale.db, done, node, back)
        assert (came, count) == (None, (1, 0))
    else:
        count, came = await overtaken(sale.db, back, node, done)
        assert (came, count) == (None, (0, 1))

"""The windows process in the company as it is delivered: from a form on the website to the installation."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import deal_line_changes, desk, document_data, run_known
from crm.company_file import CompanyFile, seed
from crm.contacts import Contact
from crm.deal_line_changes import Line
from crm.deals import Deal
from crm.runs import Run
from crm.tasks import Task
from hub.clock import Clock
from hub.db import Database
from hub.settings import default_file, load
from hub.users import add_user, find_department, find_user, viewer
from tests.crm.sale import WINDOWS, Sale
from tests.crm.website import Website

STAFF = (
    ("Elin Sandgren", "agent", "Front desk"), ("Sofia Hjelm", "head", "Front desk"),
    ("Nils Åkerman", "agent", "Installation"), ("Maria Berg", "manager", None),
)  # fmt: skip
PRICE = "Compute the price and agree it with the buyer"


@pytest.fixture
async def company(db: Database, clock: Clock) -> Sale:  # noqa: ARG001 - it is set right again afterwards
    """Give the company as its file says, with people and the process in it."""
    await db.write(seed, load(default_file("company.toml"), CompanyFile))

    def hire(session: Session) -> None:
        for name, role, department in STAFF:
            mail = f"{name.partition(' ')[0].lower()}@klarruta.example"
            add_user(session, mail, name, role, department).password_hash = "no password is it"  # noqa: S105
        find_department(session, "Front desk").head_id = find_user(session, "sofia@klarruta.example").id

    await db.write(hire)
    made = Sale(db)
    await made.publish(WINDOWS.read_bytes())
    return made


async def test_the_sale_of_windows_begins_with_a_form_and_ends_installed(company: Sale) -> None:
    sent = await Website(company.db).sends(
        name="Karin Ekdahl", phone="070-174 06 12", message="Seven windows"
    )
    company.deal_id = await company.read(lambda session: session.scalars(select(Deal.id)).one())
    assert list(await company.open_steps()) == ["Call the buyer"]
    await company.do(
        "Call the buyer",
        interested="yes",
        windows="7",
        address="Åsgatan 3",
        visit_on="2026-12-01",
        visit_at="10:00",
    )
    contact = await company.read(lambda session: session.get_one(Contact, sent.contact))
    assert "Åsgatan 3" in repr(contact.fields["address"])
    assert await company.stage() == "Called"
    await company.do("Take measurements", by="Nils", measured="7", measurements="1200 by 1400 each")
    assert (await company.stage(), list(await company.open_steps())) == ("Measured", [PRICE])
    with pytest.raises(desk.Refusal, match="Not before this is filled in: Lines"):
        await company.do(PRICE, agreed="yes", expected_on="2026-12-20")
    await company.db.write(priced, company.deal_id)
    await company.do(PRICE, agreed="yes", expected_on="2026-12-20")
    assert (await company.stage(), await company.errands()) == ("Agreed", ["document", "document", "message"])
    await company.hear("payment received")
    assert (await company.stage(), list(await company.open_steps())) == (
        "Installation",
        ["Install the windows"],
    )
    await company.do("Install the windows", by="Nils", installed_on="2026-12-20")
    assert (await company.stage(), await company.open_steps()) == ("Installed", {"Karin Ekdahl": "Sofia"})
    assert await company.errands() == ["document", "message"]  # the closing report, and the letter to Sofia
    run = await company.read(lambda session: session.scalars(select(Run)).one())
    deal = await company.read(lambda session: session.get_one(Deal, company.deal_id))
    elin = await company.read(lambda session: find_user(session, "elin@klarruta.example").id)
    assert (run.ended_at is not None, deal.won_at is not None, deal.responsible_id) == (True, True, elin)


def priced(session: Session, deal_id: int) -> None:
    """Have Elin say what is sold."""
    elin = viewer(find_user(session, "elin@klarruta.example"))
    deal_line_changes.set_lines(
        session,
        elin,
        session.get_one(Deal, deal_id),
        [Line(name="Window", quantity=7_000, price=642_000, tax=2_500)],
    )


async def test_a_buyer_who_is_not_called_in_time_is_told_to_the_head(company: Sale, clock: Clock) -> None:
    await Website(company.db).sends(name="Karin Ekdahl", phone="070-174 06 12", message="Seven windows")
    (task,) = await company.read(lambda session: session.scalars(select(Task)).all())
    clock.advance(minutes=15)
    await company.firm.tick()
    assert "Sofia" in await company.firm.told(task.id)


async def test_papers_call_answers_as_the_form_does_and_keep_what_is_internal_to_ourselves(
    company: Sale,
) -> None:
    await Website(company.db).sends(name="Karin Ekdahl", phone="070-174 06 12", message="Seven windows")
    company.deal_id = await company.read(lambda session: session.scalars(select(Deal.id)).one())
    await company.do("Call the buyer", interested="yes", windows="7", address="Åsgatan 3",
                     visit_on="2026-12-08")  # fmt: skip

    def told(session: Session) -> tuple[list[str], object]:
        deal = session.get_one(Deal, company.deal_id)
        deal.fields = {"colour": "white", **deal.fields}
        called = run_known.paper_labels(session, deal.id)
        data = document_data.data_of(session, deal, "sv", "Q-1", date(2026, 11, 27), called)["deal"]
        assert isinstance(data, dict)
        return [name for name, _ in run_known.answers(session, deal)], [
            (each["name"], each["text"]) for each in data["answers"]
        ]

    asked, on_paper = await company.db.write(told)
    assert asked == [
        "Wants an offer",
        "How many windows",
        "Address of the building",
        "Day of the visit",
        "colour",
    ]
    assert on_paper == [
        ("How many windows", "7"), ("Address of the building", "Åsgatan 3"), ("Day of the visit", "8 december 2026"),
        ("colour", "white"),
    ]  # fmt: skip


async def agreed(company: Sale) -> None:
    """Walk the sale to where its papers are sent."""
    await Website(company.db).sends(name="Karin Ekdahl", phone="070-174 06 12", message="Seven windows")
    company.deal_id = await company.read(lambda session: session.scalars(select(Deal.id)).one())
    await company.do(
        "Call the buyer", interested="yes", address="Åsgatan 3", visit_on="2026-12-01", visit_at="10:00"
    )
    await company.do("Take measurements", by="Nils", measured="7", measurements="1200 by 1400 each")
    await company.db.write(priced, company.deal_id)
    await company.do(PRICE, agreed="yes", expected_on="2026-12-20")
    await company.errands()


async def test_the_invoice_is_somebodys_task_and_a_payment_ends_it(company: Sale) -> None:
    await agreed(company)
    assert await company.open_steps() == {"Write the invoice": "Elin"}
    await company.hear("payment received")
    assert (await company.stage(), list(await company.open_steps())) == (
        "Installation",
        ["Install the windows"],
    )


async def test_a_payment_ends_the_task_of_asking_for_it(company: Sale, clock: Clock) -> None:
    await agreed(company)
    await company.do("Write the invoice")
    clock.advance(days=15)
    await company.tick()
    assert await company.open_steps() == {"Ask for the payment": "Elin"}
    await company.hear("payment received")
    assert (await company.stage(), list(await company.open_steps())) == (
        "Installation",
        ["Install the windows"],
    )


async def test_who_was_asked_for_the_payment_is_asked_again_after_two_weeks(
    company: Sale, clock: Clock
) -> None:
    await agreed(company)
    await company.do("Write the invoice")
    for _each in range(2):
        clock.advance(days=15)
        await company.tick()
        await company.do("Ask for the payment")
    assert await company.open_steps() == {}
    await company.hear("payment received")
    assert await company.stage() == "Installation"

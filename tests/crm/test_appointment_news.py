"""What customers hear of visits that change, on both stores: all that is new to them, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from crm import appointment_deeds, calendar_files, desk, letter_boxes, letter_loops, letter_writing
from crm.appointment_times import Unfit, read_moment
from crm.appointments import Appointment
from crm.calendar_files import Date, Party
from crm.calendars import add_absence
from crm.contacts import Handle
from crm.sendings import Wanted
from crm.tasks import Task
from hub import audit
from hub.channels import Channel
from hub.clock import Clock, now
from hub.languages import Listener, speaking_to
from hub.letters import Address
from hub.users import find_user
from tests.crm.chat_room import chat_with
from tests.crm.klarruta import Klarruta
from tests.crm.mailbox import Mailbox
from tests.crm.visiting import Visiting, at

NEXT_DAY = timedelta(days=6, hours=1, minutes=1)  # just after ten on the day before the visits


@pytest.fixture
async def visiting(firm: Klarruta, clock: Clock, mailbox: Mailbox) -> Visiting:
    """Give the company's visits and its mailbox, on a Monday morning in winter."""
    del mailbox
    clock.shift = datetime(2026, 11, 30, 8, tzinfo=UTC) - datetime.now(UTC)
    return Visiting(firm)


async def pass_(visiting: Visiting, clock: Clock, **time: float) -> None:
    """Let time pass, and the hub tell what is due."""
    clock.shift += timedelta(**time)
    await visiting.tick()


async def test_a_longer_way_is_no_news_to_the_customer(visiting: Visiting, clock: Clock) -> None:
    number = await visiting.plan(at("09:00"), await visiting.contact())
    await pass_(visiting, clock, minutes=2)
    await visiting.move(number, at("09:00"), before=45, remind_by="mail")
    await pass_(visiting, clock, minutes=2)
    assert len(await visiting.letters()) == 1
    await visiting.move(number, at("09:00"), address="Storgatan 2")
    await pass_(visiting, clock, minutes=2)
    assert len(await visiting.letters()) == 2


async def test_who_was_reminded_of_an_hour_that_changes_is_reminded_anew(
    visiting: Visiting, clock: Clock
) -> None:
    number = await visiting.plan(at("09:00"), await visiting.contact(), invites=False)
    clock.shift += NEXT_DAY
    await visiting.tick()
    await visiting.move(number, at("13:00", days=1))
    await pass_(visiting, clock, minutes=2)
    assert ["10:00" in each.text or "14:00" in each.text for each in await visiting.letters()] == [True, True]
    assert "14:00" in (await visiting.letters())[1].text


async def test_who_was_told_of_the_new_hour_is_not_reminded_of_it_in_the_same_minute(
    visiting: Visiting, clock: Clock
) -> None:
    number = await visiting.plan(at("09:00"), await visiting.contact())
    clock.shift += NEXT_DAY
    await visiting.tick()
    before = len(await visiting.letters())
    await visiting.move(number, at("13:00", days=1))
    await pass_(visiting, clock, minutes=2)
    assert len(await visiting.letters()) == before + 1


async def test_who_expects_us_and_cannot_be_told_is_to_be_called(visiting: Visiting, clock: Clock) -> None:
    number = await visiting.plan(at("09:00"), await visiting.contact(), invites=False)
    await visiting.act(number, appointment_deeds.cancel)
    assert not (await visiting.now(number)).trouble
    await visiting.act(number, appointment_deeds.restore)
    clock.shift += NEXT_DAY
    await visiting.tick()
    await visiting.act(number, appointment_deeds.cancel)
    assert "call him" in str((await visiting.now(number)).trouble)


async def test_why_a_customer_cannot_be_told_is_said_in_the_language_of_its_reader(
    visiting: Visiting, clock: Clock
) -> None:
    karin = await visiting.contact()
    await visiting.firm.do(lambda session: session.execute(delete(Handle).where(Handle.contact_id == karin)))
    number = await visiting.plan(at("09:00"), karin)
    await pass_(visiting, clock, minutes=2)

    def told(session: Session) -> str:
        with speaking_to(Listener("sv")):
            return str(session.get_one(Appointment, number).trouble)

    assert await visiting.firm.do(told) == "Kunden kunde inte meddelas: Kontakten har ingen e-postadress."


async def letters_of_machines(visiting: Visiting, contact_id: int) -> None:
    """Have as many letters gone there just now as may be a loop."""

    def write(session: Session) -> None:
        for number in range(letter_loops.MOST):
            wanted = Wanted(
                contact_id=contact_id, channel_id=letter_boxes.boxes(session)[0].id, subject=f"No. {number}",
                to=(Address("Karin Ekdahl", "karin@ekdahl.example"),), body="Hello", automatic=True,
            )  # fmt: skip
            letter_writing.write(session, audit.RINGBACK, wanted)

    await visiting.firm.do(write)


async def subjects(visiting: Visiting) -> list[str]:
    """Give what the letters about visits are called."""
    return [each.subject for each in await visiting.letters() if not each.subject.startswith("No.")]


async def test_a_visit_in_another_year_is_told_with_its_year(visiting: Visiting, clock: Clock) -> None:
    await visiting.plan(at("09:00", days=119), await visiting.contact())
    await pass_(visiting, clock, minutes=2)
    assert await subjects(visiting) == ["Our visit on Monday 29 March 2027 at 11:00"]


async def test_who_got_too_many_letters_is_told_an_hour_later(visiting: Visiting, clock: Clock) -> None:
    karin = await visiting.contact()
    await letters_of_machines(visiting, karin)
    number = await visiting.plan(at("09:00"), karin)
    await pass_(visiting, clock, minutes=2)
    assert "more may be a loop" in str((await visiting.now(number)).trouble)
    await visiting.move(number, at("13:00"))
    await pass_(visiting, clock, minutes=2)
    assert await subjects(visiting) == []
    await pass_(visiting, clock, minutes=61)
    assert await subjects(visiting) == ["Our visit on Monday 7 December at 14:00"]
    assert not (await visiting.now(number)).trouble


async def test_who_could_not_be_reminded_is_reminded_later_and_does_not_count_as_reminded(
    visiting: Visiting, clock: Clock
) -> None:
    karin = await visiting.contact()
    number = await visiting.plan(at("09:00"), karin, invites=False)
    clock.shift += NEXT_DAY
    await letters_of_machines(visiting, karin)
    await visiting.tick()
    assert (await visiting.now(number)).reminded_at is None
    await pass_(visiting, clock, minutes=61)
    assert len(await subjects(visiting)) == 1
    row = await visiting.now(number)
    assert (row.reminded_at is not None, row.trouble) == (True, "")


async def test_who_expects_us_and_got_no_word_of_a_change_is_called_by_a_person(
    visiting: Visiting, clock: Clock
) -> None:
    karin = await visiting.contact()
    number = await visiting.plan(at("09:00"), karin)
    await pass_(visiting, clock, minutes=2)
    await visiting.firm.do(lambda session: session.execute(delete(Handle)))
    await visiting.act(number, appointment_deeds.cancel)
    await pass_(visiting, clock, minutes=2)
    await visiting.tick()  # once is enough
    told = select(Task.title).where(Task.kind == "note", Task.contact_id == karin)
    [title] = await visiting.firm.do(lambda session: session.scalars(told).all())
    assert str(title) == "Call Karin Ekdahl: our visit does not take place, and nobody could tell him"


async def test_who_only_writes_in_a_messenger_is_told_there(visiting: Visiting, clock: Clock) -> None:
    karin = await visiting.contact(mail="")

    def chats(session: Session) -> None:
        chat = chat_with(session, "telegram", "Karin Ekdahl", contact_id=karin)
        chat.last_in_at = now()
        session.get_one(Channel, chat.channel_id).paused_at = None

    await visiting.firm.do(chats)
    number = await visiting.plan(at("09:00"), karin)
    await pass_(visiting, clock, minutes=2)
    row = await visiting.now(number)
    assert (row.told_to, row.trouble) == ("Klarruta on Telegram", "")
    await visiting.act(number, appointment_deeds.cancel)
    await pass_(visiting, clock, minutes=2)
    await visiting.tick()  # once is enough
    planned, cancelled = [each.text for each in await visiting.touches(karin) if each.kind == "chat"]
    assert "We visit you on Monday 7 December at 10:00. Nils Åkerman comes." in planned
    assert "If the time does not suit you, answer here." in planned
    assert "does not take place" in cancelled
    assert await visiting.letters() == []


async def test_a_visit_that_is_not_done_after_all_is_told_and_reminded_of(
    visiting: Visiting, clock: Clock
) -> None:
    number = await visiting.plan(at("09:00"), await visiting.contact())
    task = (await visiting.now(number)).task_id or 0
    await visiting.firm.act(desk.complete, "Nils", task)
    await visiting.firm.act(desk.take_back, "Nils", task)
    await pass_(visiting, clock, minutes=2)
    assert len(await visiting.letters()) == 1
    assert (await visiting.now(number)).remind_at == datetime(2026, 12, 6, 9, tzinfo=UTC)


async def test_an_hour_away_in_the_middle_of_a_visit_is_in_its_way(visiting: Visiting) -> None:
    nils = await visiting.firm.do(lambda session: find_user(session, "nils@klarruta.example").id)
    await visiting.firm.do(add_absence, nils, at("11:00"), at("12:00"), "At the dentist's", None)
    with pytest.raises(Unfit, match="is away until 7 December 2026 13:00"):
        await visiting.plan(at("09:00"), await visiting.contact(), minutes=300)


async def test_a_step_that_is_done_gets_no_cancelled_visit_back(visiting: Visiting) -> None:
    number = await visiting.plan(at("09:00"), await visiting.contact())
    task = (await visiting.now(number)).task_id or 0
    await visiting.firm.do(lambda session: setattr(session.get_one(Task, task), "kind", "process"))
    await visiting.act(number, appointment_deeds.cancel)
    await visiting.firm.do(lambda session: setattr(session.get_one(Task, task), "done_at", now()))
    with pytest.raises(Unfit, match="done already"):
        await visiting.act(number, appointment_deeds.restore)


def test_an_hour_that_no_clock_shows_is_no_time() -> None:
    zone = ZoneInfo("Europe/Stockholm")
    with pytest.raises(Unfit, match="clocks go forward"):
        read_moment("2027-03-28T02:30", zone)
    assert read_moment("2027-10-31T02:30", zone).astimezone(UTC).hour == 0
    assert read_moment("2027-03-28T03:00", zone).astimezone(UTC).hour == 1


def test_a_name_of_several_lines_makes_one_line_of_a_date() -> None:
    moment = datetime(2026, 12, 7, 9, tzinfo=UTC)
    who = Party('Karin\n"K" Ekdahl\r\nX-EVIL:1', "karin@ekdahl.example\nX-EVIL:2")
    date = Date(
        uid="u", sequence=0, stamp=moment, starts_at=moment, ends_at=moment, summary="A", attendee=who
    )
    _method, text = calendar_files.invitation(date)
    assert not [line for line in text.splitlines() if line.startswith("X-EVIL")]
    assert "Karin 'K' Ekdahl" in text.replace("\r\n ", "")

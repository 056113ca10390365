"""Days on the screens of the sale: written as people write them, in either language, and never as programs do."""

from __future__ import annotations

import re
from datetime import date, datetime
from html import unescape

import pytest
from sqlalchemy.orm import Session

from crm.deal_line_changes import Line
from crm.deals import Deal
from crm.invoices import Invoice
from crm.payments import Allocation, Payment
from hub.clock import Clock, now
from hub.languages import Listener, speaking_to
from hub.said import Said, hear, said
from tests.crm.drawing import drawn, end, start, user, way
from tests.crm.klarruta import Klarruta
from tests.crm.salesroom import Salesroom
from tests.crm.visiting import Visiting, at
from tests.crm.web.console import SCRIPT, Consoles
from tests.crm.web.workflow import Workflow

FORM = (
    '<ringback:answer name="visit_on" label="When to measure" kind="day"/>'
    '<ringback:answer name="call_at" label="When to call again" kind="moment"/>'
)
SALE = drawn(start(), user("a", "Call", FORM), user("b", "Measure"), end(), way("s a b e"))
ROOMS = re.compile(
    r'href="(/(?:deals|runs|tasks|visits|invoices|payments|documents|audit/deal|audit/appointment'
    r'|audit/invoice|audit/payment|contacts|deadlines)/?[^"#?]*)"'
)
UNREAD = re.compile(r"<(script|style|template|textarea|svg)\b.*?</\1>|<[^>]+>", re.DOTALL)
ISO = re.compile(r".{0,40}\b20\d\d-\d\d-\d\d(?!\d).{0,20}")


@pytest.fixture
async def sold(firm: Klarruta, consoles: Consoles, clock: Clock) -> Consoles:
    """Give consoles of a company that sold windows: called, measured, visited, invoiced and paid."""
    clock.shift = datetime.fromisoformat("2026-11-30T08:00+00:00") - datetime.now().astimezone()
    room, work = Salesroom(firm), Workflow(firm)
    await room.open()
    await work.published(SALE)
    deal = await room.deal("Seven windows")
    await room.sell(deal, Line(name="Window", quantity=3_000, price=1_000_00, tax=2500))
    await consoles.press("Elin", f"/deals/{deal}/runs", process="1")
    answers = {"answer.visit_on": "2026-12-08", "answer.call_at": "2026-12-09T10:30"}
    await consoles.press("Elin", f"/tasks/{await work.task('Call')}/answers", **answers)
    await consoles.press("Elin", f"/deals/{deal}", title="Seven windows", expected_on="2026-12-15")
    await Visiting(firm).plan(at("09:00"), 1)
    await firm.do(_paid, deal)
    return consoles


@pytest.mark.parametrize(("language", "day"), [("en", "8 December 2026"), ("sv", "8 december 2026")])
async def test_no_day_stands_there_as_programs_write_it(sold: Consoles, language: str, day: str) -> None:
    heard = {"Accept-Language": language}
    first = ["/deals", "/deals?view=list", "/deals/1", "/deals/1/report", "/deals/1/aside", "/invoices",
             "/payments", "/payments/all", "/runs", "/tasks", "/visits?day=2026-12-07&who=user:4"]  # fmt: skip
    seen: dict[str, str] = {}
    for path in first:
        seen[path] = (await sold.get("Maria", path, **heard)).html
    for html in [*seen.values()]:
        for path in dict.fromkeys(unescape(each) for each in ROOMS.findall(html)):
            if path not in seen and not re.search(r"/content$|\.\w+$|export", path):
                seen[path] = (await sold.get("Maria", path, **heard)).html
    reached = ["/contacts/1", "/visits/1", "/invoices/1", "/payments/1", "/runs/1", "/audit/deal/1"]
    assert [path for path in reached if path not in seen] == []
    texts = {path: UNREAD.sub(" ", html) for path, html in seen.items()}
    assert [f"{path}: {found}" for path, text in texts.items() for found in ISO.findall(text)] == []
    for path in ("/deals/1", "/deals/1/report", "/runs/1"):
        assert day in texts[path], path
        assert f"{day.replace('8', '9', 1)} 10:30" in texts[path], path


async def test_who_has_a_visit_then_is_said_by_the_days_of_the_reader(sold: Consoles) -> None:
    plan = {"contact_id": "1", "at": "2026-12-07T10:00", "person": "4", "minutes": "60"}
    for language, words in (
        ("en", "has a visit 7 December 2026 10:00-11:00"),
        ("sv", "7 december 2026 10:00-11:00"),
    ):
        told = await sold.ask("Elin", "POST", "/visits?day=2026-12-07&who=user:4", {
            **SCRIPT, "Accept-Language": language}, dict(plan))  # fmt: skip
        assert words in told.words
        assert not ISO.search(UNREAD.sub(" ", told.html))


def test_a_day_in_a_kept_sentence_is_written_for_each_reader() -> None:
    kept = said("due %(at)s", at=date(2026, 12, 8)).kept()
    assert hear(kept) == "due 8 December 2026"
    with speaking_to(Listener("sv")):
        assert "8 december 2026" in hear(kept)


@pytest.mark.parametrize(
    ("kept", "english", "swedish"),
    [
        (said("Visit %(when)s, %(where)s", when="2026-12-08 10:00-11:30", where="2026-12-08 10:00"),
         "Visit 8 December 2026 10:00-11:30, 2026-12-08 10:00", "Besök 8 december 2026 10:00-11:30, 2026-12-08 10:00"),
        (said("Visit %(when)s", when="2026-12-08 23:00 - 2026-12-09 01:00"),
         "Visit 8 December 2026 23:00 to 9 December 2026 01:00",
         "Besök 8 december 2026 23:00 till 9 december 2026 01:00"),
        (said("%(why)s. Free next: %(times)s.", times="2026-12-08 10:00, 2026-12-09 08:15",
              why=said("%(name)s has a visit %(when)s, with the way %(all)s", name="1999-12-08",
                       when="2026-12-07 09:00-10:00", all="08:30-10:30")),
         ("1999-12-08 has a visit 7 December 2026 09:00-10:00, with the way 08:30-10:30. "
         "Free next: 8 December 2026 10:00, 9 December 2026 08:15."),
         ("1999-12-08 har ett besök 7 december 2026 09:00-10:00, med resvägen 08:30-10:30. "
         "Ledigt härnäst: 8 december 2026 10:00, 9 december 2026 08:15.")),
        (said("Visit %(when)s", when="2026-99-08 10:00"), "Visit 2026-99-08 10:00", "Besök 2026-99-08 10:00"),
        (said("given to %(name)s", name="1999-12-08"), "given to 1999-12-08", "given till 1999-12-08"),
    ],
)  # fmt: skip
def test_a_sentence_that_was_kept_before_days_were_says_them_too(
    kept: Said, english: str, swedish: str
) -> None:
    kept_so = kept.kept()
    assert hear(kept_so) == english
    with speaking_to(Listener("sv")):
        assert hear(kept_so) == swedish


def _paid(session: Session, deal_id: int) -> None:
    deal = session.get_one(Deal, deal_id)
    deal.fields = {**deal.fields, "Delivered": "2026-12-08"}
    invoice = Invoice(deal_id=deal.id, part="all", language="en", currency="EUR", number="F-1", amount=300_000,
                      issued_at=now(), issued_on=now().date(), due_on=date(2026, 12, 30))  # fmt: skip
    paid = Payment(amount=300_000, currency="EUR", paid_on=now().date(), how="transfer")
    session.add_all([invoice, paid])
    session.flush()
    session.add(Allocation(payment_id=paid.id, invoice_id=invoice.id, amount=300_000))

"""A deal of the window company with all that its documents tell."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from crm import contacts, letterheads
from crm.contacts import Contact
from crm.deal_lines import DealLine
from crm.deals import Deal
from crm.letterheads import LetterheadFile
from crm.pipelines import Pipeline, Stage
from hub.users import find_user

LETTERHEAD = LetterheadFile(
    address=("Hantverksgatan 4", "411 01 Göteborg"), registration="556677-8899", vat="SE556677889901",
    phone="031-390 06 00", mail="hej@klarruta.example", web="klarruta.example", iban="SE45 5000 0000 0583 9825 7466",
    bic="ESSESESS", swish="123 785 69 01",
)  # fmt: skip


def window_deal(session: Session, seller: str = "elin@klarruta.example", currency: str = "SEK",
                phone: str = "+46701234567") -> int:  # fmt: skip
    """Make it: seven windows and their fitting, with measurements."""
    letterheads.keep(session, LETTERHEAD)
    contact_id = contacts.add_contact(session, "Karin Ekdahl & Söner <AB>",
                                      [("phone", phone), ("mail", f"karin{phone[-1]}@ekdahl.example")])  # fmt: skip
    session.get_one(Contact, contact_id).fields = {
        "address": {"kind": "text", "value": "Åsgatan 3, 413 27 Göteborg"}
    }
    pipeline = Pipeline(name=f"Windows {contact_id}", position=0)
    session.add(pipeline)
    session.flush()
    stage = Stage(pipeline_id=pipeline.id, name="Measured", position=0)
    session.add(stage)
    session.flush()
    deal = Deal(
        title="Seven windows", contact_id=contact_id, pipeline_id=pipeline.id, stage_id=stage.id, currency=currency,
        responsible_id=find_user(session, seller).id, expected_on=date(2027, 1, 12),
        fields={"Kitchen": "120 by 90 cm", "Bedroom": {"width": 140, "height": 120.5}, "Scaffold": True},
    )  # fmt: skip
    session.add(deal)
    session.flush()
    for position, (name, quantity, price, discount, tax, unit) in enumerate((
        ("Window, three panes", 7_000, 1_250_000, 1_000, 2500, "pc"),
        ("Fitting", 12_500, 65_000, 0, 2500, "h"),
        ("Handbook “Care of wood”", 1_000, 19_900, 0, 600, "pc"),
    )):  # fmt: skip
        session.add(DealLine(deal_id=deal.id, position=position, name=name, quantity=quantity, price=price,
                             discount=discount, tax=tax, unit=unit))  # fmt: skip
    return deal.id

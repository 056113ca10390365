"""Who may be meant by a segment: four people, what they said, bought, agreed to, and what a campaign came to."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import contacts, segment_rules, tags
from crm.campaigns import Campaign
from crm.consents import Consent
from crm.contacts import MAIL, PHONE, Contact
from crm.conversations import Interaction
from crm.deal_lines import DealLine
from crm.deals import Deal
from crm.deliveries import SENT, WAITING, Delivery
from crm.fields import CustomField
from crm.mailing_lists import MailingList
from crm.pipelines import Pipeline, Stage
from crm.products import Product
from crm.suppressions import Suppression
from hub.clock import now
from hub.db import Database
from hub.users import Viewer, find_department, find_user

PEOPLE = ("Karin", "Lars", "Anna", "Per")
KARIN, LARS, ANNA, PER = 1, 2, 3, 4
NEWS, SPRING, AUTUMN = 1, 1, 2

Rule = dict[str, object]


def rule(*rules: Rule, of: str = "all") -> Rule:
    """Give a group."""
    return {"what": "group", "of": of, "rules": list(rules)}


def asks(what: str, **values: object) -> Rule:
    """Give a condition."""
    return {"what": what, **values}


async def meant(db: Database, wanted: Rule, viewer: Viewer | None = None) -> list[str]:
    """Give the names of those whom a rule means, and see that they are counted so."""

    def ask(session: Session) -> list[str]:
        ids = segment_rules.contacts(session, viewer, wanted)
        names = session.scalars(select(Contact.name).where(Contact.id.in_(ids)).order_by(Contact.id)).all()
        assert segment_rules.count(session, viewer, wanted) == len(names)
        newest = [each.name for each in segment_rules.sample(session, viewer, wanted, 99)]
        assert newest == list(names)[::-1]
        return [name.split()[0] for name in names]

    return await db.read(ask)


def fill(session: Session) -> None:
    """Fill the store."""
    _people(session)
    _touches(session)
    _sale(session)
    _post(session)


def _people(session: Session) -> None:
    sales, service = (find_department(session, name).id for name in ("Sales", "Service"))
    elin = find_user(session, "elin@klarruta.example").id
    kinds = {"windows": "number", "budget": "money", "house": "choice", "moves_in": "date", "owner": "yesno",
             "remark": "text"}  # fmt: skip
    session.add_all([
        CustomField(name=name, label=name.replace("_", " ").capitalize(), kind=kind, position=place, aliases=[],
                    choices=["Villa", "Flat"] if kind == "choice" else [], unit="SEK" if kind == "money" else "")
        for place, (name, kind) in enumerate(kinds.items())
    ])  # fmt: skip
    session.flush()
    firm = contacts.organisation(session, "Glasbolaget").id
    karin = {
        "windows": {"kind": "number", "value": 12}, "budget": {"kind": "money", "value": "90000.00", "unit": "SEK"},
        "house": {"kind": "choice", "value": "Villa"}, "moves_in": {"kind": "date", "value": "2026-05-01"},
        "owner": {"kind": "yesno", "value": True}, "remark": {"kind": "text", "value": "Likes oak"},
    }  # fmt: skip
    lars = {"windows": {"kind": "text", "value": "several"}, "owner": {"kind": "yesno", "value": False}}
    old = now() - timedelta(days=400)
    for name, handles, values in (
        ("Karin Ekdahl", [(MAIL, "karin@kund.example"), (PHONE, "+46701740612")],
         {"department_id": sales, "responsible_id": elin, "organisation_id": firm, "fields": karin}),
        ("Lars Nyman", [(MAIL, "lars@kund.example")], {"department_id": sales, "fields": lars, "made_at": old}),
        ("Anna Berg", [(MAIL, "anna@kund.example")], {"department_id": service}),
        ("Per Holm", [(PHONE, "+46701740615")], {}),
    ):  # fmt: skip
        contacts.add_contact(session, name, handles, **values)
    gone = contacts.add_contact(session, "Gone Away", [], department_id=sales)
    session.get_one(Contact, gone).merged_into_id = KARIN
    tags.add(session, [KARIN, ANNA], "Architect")


def _touches(session: Session) -> None:
    for contact_id, kind, direction, days in (
        (KARIN, "call", "in", 2), (KARIN, "call", "in", 5), (KARIN, "call", "out", 300), (LARS, "mail", "in", 10),
        (ANNA, "call", "in", 200),
    ):  # fmt: skip
        session.add(Interaction(
            contact_id=contact_id, kind=kind, direction=direction, at=now() - timedelta(days=days), summary="", text="",
            fields=[], origin=[], remarks=[],
        ))  # fmt: skip


def _sale(session: Session) -> None:
    line = Pipeline(name="Windows", position=0)
    session.add(line)
    session.flush()
    stages = [
        Stage(pipeline_id=line.id, name=name, position=place) for place, name in enumerate(("Asked", "Sold"))
    ]
    session.add_all([*stages, Product(code="F1", name="Window", price=100, currency="SEK", tax=0)])
    session.flush()
    asked, sold = (stage.id for stage in stages)
    base = {"pipeline_id": line.id, "currency": "SEK"}
    year = now() - timedelta(days=365)
    won = Deal(title="House", contact_id=KARIN, stage_id=sold, value=5_000_000, won_at=year, **base)
    session.add_all([
        won, Deal(title="Flat", contact_id=KARIN, stage_id=asked, value=100, **base),
        Deal(title="Shed", contact_id=LARS, stage_id=asked, value=200_000, lost_at=now(), **base),
    ])  # fmt: skip
    session.flush()
    session.add(DealLine(deal_id=won.id, position=0, product_id=1, name="Window", price=100))


def _post(session: Session) -> None:
    session.add_all([MailingList(name="News", public=True), MailingList(name="Offers", public=True)])
    session.flush()
    for value, state in (("karin", "asked"), ("karin", "given"), ("lars", "given"), ("lars", "withdrawn"),
                         ("anna", "asked")):  # fmt: skip
        session.add(
            Consent(list_id=NEWS, kind=MAIL, value=f"{value}@kund.example", state=state, source="form")
        )
        session.flush()
    session.add_all([
        Suppression(kind=MAIL, value="lars@kund.example", list_id=NEWS, reason="unsubscribed"),
        Suppression(kind=MAIL, value="anna@kund.example", reason="bounced"),
        Suppression(kind=MAIL, value="karin@kund.example", reason="by hand", lifted_at=now()),
        Campaign(name="Spring", key="k", started_at=now(), counts_opens=True),
        Campaign(name="Autumn", key="k", started_at=now(), counts_opens=False),
    ])  # fmt: skip
    session.flush()
    sent = now() - timedelta(days=30)
    for contact_id, name, more in ((KARIN, "karin", {"opened_at": now(), "clicked_at": now()}),
                                   (LARS, "lars", {"answered_at": now()}), (ANNA, "anna", {})):  # fmt: skip
        session.add(Delivery(
            campaign_id=SPRING, contact_id=contact_id, address=f"{name}@kund.example", domain="kund.example",
            state=SENT if contact_id != ANNA else WAITING, sent_at=sent if contact_id != ANNA else None, **more,
        ))  # fmt: skip
    session.add(Delivery(campaign_id=AUTUMN, contact_id=None, address="x@kund.example", domain="kund.example",
                         state=SENT, sent_at=sent))  # fmt: skip

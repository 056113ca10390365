"""What became of a campaign in numbers: of whom each is, crm/campaign_people.py says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from html import unescape

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import campaign_contents, campaign_messages, campaign_people, copy_counts, copy_event_counts
from crm.campaign_people import HOUR, Asked, first_hour
from crm.campaign_stencils import Link, Slot
from crm.campaigns import MAIL, Campaign, CampaignContent
from crm.copy_counts import CopyCount
from crm.copy_events import CLICKED, OPENED
from crm.deliveries import Delivery
from hub.languages import N_, _

HOURS = 48
"""Hours of the curve: in two days nearly everybody has looked who does."""
LINKS, REASONS = 200, 100
NUMBERS = (
    "sent", "arrived", "read", "delivered", "bounced", "opened", "clicked", "replied", "left", "complained",
    "bought", "machine",
)  # fmt: skip
_LED = frozenset({"clicked", "machine"})
"""What only happens to who can be led somewhere."""
_CLASSES = {
    "1": N_("the address is wrong"), "2": N_("the mailbox cannot take it"), "3": N_("the mail system has trouble"),
    "4": N_("it could not be reached"), "5": N_("the mail servers did not understand each other"),
    "6": N_("what it says cannot be carried"), "7": N_("we are refused for what we are"),
}  # fmt: skip
_CODES = {
    "1.1": N_("there is no such mailbox"), "1.2": N_("there is no such domain"), "1.3": N_("the address is wrong"),
    "1.6": N_("the mailbox has moved"), "1.10": N_("the domain takes no mail"), "2.1": N_("the mailbox is closed"),
    "2.2": N_("the mailbox is full"), "2.3": N_("the letter is too large"), "3.4": N_("the letter is too large"),
    "4.1": N_("the mail server does not answer"), "4.4": N_("there is no way there"),
    "4.6": N_("it went round in circles"), "4.7": N_("it could not be delivered in time"),
}  # fmt: skip


SAID = {
    "blocked": N_("the contact does not let us write"), "refused": N_("the messenger refused it"),
    "lost": N_("the messenger could not deliver it"), "ours": N_("we are refused for what we are or send"),
    "opposed": N_("the contact wants no advertising from us"),
}  # fmt: skip
"""What the codes of a messenger mean: words are said of each beside them."""


class LinkFigure(msgspec.Struct, frozen=True, kw_only=True):
    """How many followed a link: `number` is its place in the letter, the first one being 0."""

    number: int
    variant: str
    address: str
    people: int


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Why so many came back: the mail servers' code, what it means, and the words of one of them."""

    code: str
    means: str
    example: str
    people: int


class Hour(msgspec.Struct, frozen=True, kw_only=True):
    """How many opened or clicked within an hour, the first one of the campaign being 0; a person once for each."""

    number: int
    at: datetime
    opened: int
    clicked: int


def numbers(session: Session, campaign: Campaign) -> dict[str, int]:
    """Count everybody by what became of his copy. What the campaign does not count is not among them."""
    leads = campaign.handle == MAIL or bool(links(session, campaign))
    return {
        kind: campaign_people.count(session, campaign, Asked(kind=kind))
        for kind in NUMBERS if campaign_people.is_told(campaign, kind) and (leads or kind not in _LED)
    }  # fmt: skip


def links(session: Session, campaign: Campaign) -> Sequence[LinkFigure]:
    """Give each link that is counted, in the order of the letter, and how many followed it."""
    by_link = copy_event_counts.by_link(session, campaign.id)
    variants = select(CampaignContent.variant).where(CampaignContent.campaign_id == campaign.id).distinct()
    return [
        LinkFigure(number=number, variant=variant, address=address, people=by_link.get((variant, number), 0))
        for variant in sorted(session.scalars(variants))
        for number, address in _links(session, campaign, variant)
    ]  # fmt: skip


def reasons(session: Session, campaign: Campaign) -> Sequence[Reason]:
    """Give why copies came back, the most frequent first."""
    several = copy_counts.total()
    wanted = (
        select(CopyCount.code, several)
        .where(CopyCount.campaign_id == campaign.id, CopyCount.bounced)
        .group_by(CopyCount.code).having(several > 0)
        .order_by(several.desc(), CopyCount.code).limit(REASONS)
    )  # fmt: skip
    return [
        Reason(code=code, means=_(meaning(code)), example=_example(session, campaign, code), people=int(number))
        for code, number in session.execute(wanted).all()
    ]  # fmt: skip


def _example(session: Session, campaign: Campaign, code: str) -> str:
    """Give what was said of the last copy that came back for it."""
    said = select(Delivery.why).where(
        Delivery.campaign_id == campaign.id, Delivery.bounced_at.is_not(None), Delivery.code == code
    )
    return str(session.scalar(said.order_by(Delivery.id.desc()).limit(1)) or "")


def hours(session: Session, campaign: Campaign) -> Sequence[Hour]:
    """Give the first two days hour by hour, up to the last one in which anything was; none before it began."""
    if campaign.started_at is None:
        return []
    begins = first_hour(campaign.started_at)
    counts = {kind: _by_hour(session, campaign, kind, begins) for kind in (OPENED, CLICKED)}
    last = max((hour for each in counts.values() for hour in each), default=-1)
    return [
        Hour(number=hour, at=begins + hour * HOUR, opened=counts[OPENED][hour], clicked=counts[CLICKED][hour])
        for hour in range(last + 1)
    ]  # fmt: skip


def meaning(code: str) -> str:
    """Say what a code of a mail server means (RFC 3463, "5.1.1", or RFC 5321, "550")."""
    if code in SAID:
        return SAID[code]
    _class, _dot, detail = code.partition(".")
    if detail in _CODES:
        return _CODES[detail]
    return _CLASSES.get(detail[:1], N_("refused without a reason that machines can read"))


def _by_hour(session: Session, campaign: Campaign, kind: str, begins: datetime) -> Counter[int]:
    found = Counter[int]()
    counted = copy_event_counts.by_hour(session, campaign.id, kind, begins, begins + HOURS * HOUR)
    for text, number in counted.items():
        at = datetime.strptime(f"{text}+0000", "%Y-%m-%d %H%z")
        found[int((at - begins) / timedelta(hours=1))] = number
    return found


def _links(session: Session, campaign: Campaign, variant: str) -> Sequence[tuple[int, str]]:
    """Give where a letter or a message leads, each with its number."""
    content = campaign_contents.newest(session, campaign.id, variant)
    if content is None:
        return ()
    if content.message is not None:
        return list(enumerate(campaign_messages.links(campaign_messages.message_of(content))))
    found = campaign_contents.stencils(content).html.links
    return [(each.number, _address(each)) for each in found[:LINKS]]


def _address(link: Link) -> str:
    """Write where a link leads, with its places as they are written in the editor."""
    return unescape("".join(
        part.decode() if isinstance(part, bytes) else f"{{{{{part.name}}}}}" if isinstance(part, Slot) else ""
        for part in link.parts
    ))  # fmt: skip

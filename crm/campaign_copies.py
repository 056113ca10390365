"""The copies of a campaign as they leave: what it says is cut once, and filled in for each recipient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from crm import campaign_contents, campaign_values, leaving, letter_boxes
from crm.campaigns import Campaign, CampaignContent
from crm.delivery_tokens import Tokens
from crm.mailing_lists import MailingList
from hub.bulk_mail import Batch, Copy, Mailing
from hub.languages import Listener, speaking_to
from hub.letters import Address
from hub.said import said


class Ready(NamedTuple):
    """A copy that may leave: its number, whose it is, where it goes, and what it says.

    `content_id` is the content where that was settled, else it is the newest of its variant.
    """

    id: int
    contact_id: int | None
    domain: str
    address: str
    variant: str
    content_id: int | None


def batch(session: Session, campaign: Campaign, rows: Sequence[Ready], moment: datetime, url: str) -> Batch:
    """Write copies of a campaign; `url` is under which address the hub is reached.

    LookupError and ValueError say that what it is to say is not there, or cannot be said.
    """
    with speaking_to(Listener(campaign_contents.language_of(session, campaign))):
        cuts = _cuts(session, campaign, rows, moment, url)
        common = campaign_values.common(session, campaign)
        known = campaign_values.values_of(session, {row.contact_id for row in rows if row.contact_id})
        copies = [
            cuts[row.variant, row.content_id].copy(row, common | known.get(row.contact_id or 0, {}))
            for row in rows
        ]
        of = session.get(MailingList, campaign.list_id) if campaign.list_id else None
        mailings = {each.number: _mailing(campaign, each, of, common["sender"]) for each in cuts.values()}
        return Batch(campaign.channel_id or 0, mailings, copies)


class Cut:
    """A content, ready to be filled in for one recipient after the other."""

    def __init__(
        self, campaign: Campaign, content: CampaignContent, own: str, moment: datetime, url: str
    ) -> None:
        """Cut it; `own` is the address that it is from, `url` under which the hub is reached."""
        self.number, self.stencils, self.own = content.id, campaign_contents.stencils(content), own
        self._moment, self._url = moment, url
        self._token = Tokens(campaign).of
        self._ways = campaign_values.ways(campaign, url, self.stencils.names)

    def copy(self, row: Ready, known: Mapping[str, str]) -> Copy:
        """Write a recipient's copy, of whom this is known."""
        stencils, leave = self.stencils, self._token(row.id, "leave")
        values = {**known, "email": row.address, **self._ways(row.id)}
        return Copy(
            id=row.id, mailing=self.number, to=Address(values.get("name", ""), row.address),
            token=self._token(row.id, "envelope"), written_at=self._moment,
            leave=(leaving.unsubscribe_url(self._url, leave), leaving.unsubscribe_mailto(self.own, leave)),
            subject=stencils.subject.between(values), text=stencils.text.between(values),
            html=stencils.html.between(values),
        )  # fmt: skip


def _cuts(
    session: Session, campaign: Campaign, rows: Sequence[Ready], moment: datetime, url: str
) -> Mapping[tuple[str, int | None], Cut]:
    own, found = _own(session, campaign), {}
    for variant, content_id in {(row.variant, row.content_id) for row in rows}:
        content = (
            session.get(CampaignContent, content_id) if content_id
            else campaign_contents.newest(session, campaign.id, variant)
        )  # fmt: skip
        if content is None:
            raise LookupError(said("The campaign says nothing yet."))
        found[variant, content_id] = Cut(campaign, content, own, moment, url)
    return found


def _mailing(campaign: Campaign, of_it: Cut, of: MailingList | None, sender: str) -> Mailing:
    cut, domain = of_it.stencils, of_it.own.rpartition("@")[2]
    return Mailing(
        sender=Address(sender, ""), subject=cut.subject.pieces(), text=cut.text.pieces(),
        html=cut.html.pieces(), list_id=f"list-{of.id}.{domain}" if of else "", list_name=of.name if of else "",
        feedback_id=f"{campaign.id}:{of.id if of else 0}:campaign:ringback",
    )  # fmt: skip


def _own(session: Session, campaign: Campaign) -> str:
    """Give the address that a campaign is from."""
    box = letter_boxes.box(session, campaign.channel_id or 0)
    return box.address if box is not None else ""

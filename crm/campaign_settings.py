"""What a campaign is beside its words: its name, for which list, by which way, and what is counted."""

from __future__ import annotations

import msgspec
from sqlalchemy.orm import Session

from crm import campaign_contents, campaign_ways
from crm.campaign_contents import KIND, NAME
from crm.campaign_places import without_marks
from crm.campaign_trials import variants_of
from crm.campaigns import MAIL, TEMPLATE, Campaign, unplanned
from crm.desk import Refusal
from hub import audit
from hub.languages import _
from hub.users import Viewer


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """What a campaign is beside its words."""

    name: str
    list_id: int | None = None
    channel_id: int | None = None
    sender_name: str = ""
    counts_clicks: bool = True
    counts_opens: bool = False


def settle(session: Session, viewer: Viewer, campaign: Campaign, wanted: Settled, base: str) -> None:
    """Have a campaign be as wanted; what it says is made anew where another list speaks in it."""
    campaign_contents.refuse_sent(campaign)
    kept = (campaign.list_id, campaign.channel_id)
    if campaign.sequence_id is not None and (wanted.list_id, wanted.channel_id) != kept:
        raise Refusal(_("It is a letter of a sequence: its list and its mailbox are those of the sequence."))
    sender = " ".join(without_marks(wanted.sender_name).split())[:NAME]
    name = campaign_contents.named(session, wanted.name, wanted.list_id)
    wanted = msgspec.structs.replace(wanted, name=name, sender_name=sender)
    handle = campaign_ways.handle_of(session, wanted.channel_id)
    if handle != campaign.handle:
        _change_way(session, campaign, handle)
    after = msgspec.structs.asdict(wanted)
    before = {name: getattr(campaign, name) for name in after}
    for name, value in after.items():
        setattr(campaign, name, value)
    if changes := audit.differences(before, after):
        audit.record(session, viewer, audit.CHANGED, KIND, campaign.id, changes=changes)
        if set(changes) - {"name"}:
            unplanned(campaign)
        campaign_contents.tell(session, campaign)
    speaks_anew = before["list_id"] != wanted.list_id and campaign.handle == MAIL
    for variant in variants_of(session, campaign.id) if speaks_anew else ():
        content = campaign_contents.newest(session, campaign.id, variant)
        if content is not None:
            campaign_contents.save(
                session, viewer, campaign, campaign_contents.written_of(content), base, variant, anew=True
            )


def _change_way(session: Session, campaign: Campaign, handle: str) -> None:
    """Have a campaign go to handles of another kind; what it says there was tested by nobody."""
    if handle != MAIL and (campaign.state == TEMPLATE or len(variants_of(session, campaign.id)) > 1):
        raise Refusal(_("A template and letters that are tried go by mail alone."))
    campaign.handle, campaign.tested_at, campaign.tested_by = handle, None, None

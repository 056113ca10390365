"""What the network tells of a campaign before it begins: our published signing key, and where its links lead.

It is asked when somebody looks for it or starts a campaign, and remembered for a while, so that looking on asks nobody.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, cast

from aiohttp import web
from msgspec.structs import replace
from sqlalchemy.orm import Session

from crm import campaign_checks, campaign_contents
from crm.campaign_checks import Check, Outside
from crm.campaigns import Campaign
from hub.channels import Channels
from hub.clock import now
from hub.connector import AuthFailed, Refused, Unavailable
from hub.errors import describe
from hub.examination import Finding, Signing, signs
from hub.languages import _
from hub.link_looks import LinkLooks
from hub.said import said
from hub.web.keys import DB
from hub.web.problems import Problem

FRESH, KEPT = timedelta(minutes=10), 200


class Asked(NamedTuple):
    """What was asked: the mailbox that signs, and the links."""

    channel_id: int
    links: tuple[str, ...]


class Outlook:
    """Asks, and remembers the latest."""

    def __init__(self, channels: Channels, url: str, links: LinkLooks) -> None:
        """Remember nothing yet. `url` is under which address the hub is reached."""
        self._channels = channels
        self._url = url
        self.links = links
        self._known: OrderedDict[Asked, tuple[datetime, Outside]] = OrderedDict()

    def known(self, asked: Asked) -> Outside:
        """Give what is known without asking anybody."""
        at, found = self._known.get(asked, (None, None))
        if at is not None and found is not None and at > now() - FRESH:
            return replace(found, url=self._url)
        return Outside(url=self._url, links=self.links.barred(asked.links) or None,
                       key_words=said("Whether its key is published is asked when it begins."))  # fmt: skip

    async def ask(self, asked: Asked) -> Outside:
        """Ask anew."""
        finding = await self._key(asked.channel_id)
        found = Outside(url=self._url, key=finding.how, key_words=finding.words,
                        links=await self.links.dead(asked.links))  # fmt: skip
        self._known[asked] = now(), found
        self._known.move_to_end(asked)
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
        return found

    async def _key(self, channel_id: int) -> Finding:
        try:
            connector = (await self._channels.find(channel_id)).connector
            if signs(connector):
                return await cast("Signing", connector).signing()
        except (LookupError, Unavailable, AuthFailed, Refused) as error:
            return Finding("DKIM", "unknown", describe(error))
        return Finding("DKIM", "unknown", "")


OUTLOOK = web.AppKey("outlook", Outlook)


async def known(request: web.Request, campaign_id: int) -> Outside:
    """Give what is known of a campaign without asking anybody."""
    return request.app[OUTLOOK].known(await request.app[DB].read(_asked, campaign_id))


async def ask(request: web.Request, campaign_id: int) -> Outside:
    """Ask the network about a campaign."""
    return await request.app[OUTLOOK].ask(await request.app[DB].read(_asked, campaign_id))


def checked(session: Session, campaign: Campaign, outside: Outside) -> Sequence[Check]:
    """Give the checks of a campaign."""
    return campaign_checks.checks(session, campaign, campaign_contents.newest(session, campaign.id), outside)


def _asked(session: Session, campaign_id: int) -> Asked:
    campaign = session.get(Campaign, campaign_id)
    if campaign is None:
        raise Problem(404, _("There is no such campaign."))
    return Asked(campaign.channel_id or 0, tuple(campaign_checks.links_of(session, campaign)))

"""A look at a PBX for the admin who sets it up: which telephones it knows and how they are, and one made to ring."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from connectors.asterisk.link import Address, Link
from connectors.asterisk.plan import Plan
from hub.connector import Refused
from hub.exchange import KnownTelephone
from hub.languages import N_, _
from hub.said import said

RING_SECONDS = 20
STATES = {
    "NOT_INUSE": N_("free"),
    "INUSE": N_("in a call"),
    "BUSY": N_("in a call"),
    "RINGING": N_("rings"),
    "RINGINUSE": N_("rings"),
    "ONHOLD": N_("on hold"),
    "UNAVAILABLE": N_("not connected"),
    "INVALID": N_("not set up"),
}


async def survey(address: Address, plan: Plan) -> list[KnownTelephone]:
    """Give the telephones of staff, by extension."""
    async with _connected(address) as link:
        rows = await link.act({"Action": "DeviceStateList"})
    found = {}
    for row in rows:
        who = plan.who(row.get("Device", ""))
        if who.kind == "staff":
            found[who.name] = _(STATES[row["State"]]) if row.get("State") in STATES else row.get("State", "")
    return [KnownTelephone(extension, found[extension]) for extension in sorted(found)]


async def ring(address: Address, channel: str) -> None:
    """Have a telephone ring, and play back to whoever picks it up what he says."""
    async with _connected(address) as link:
        try:
            await link.act({
                "Action": "Originate", "Channel": channel, "Application": "Echo", "CallerID": "Ringback <0>",
                "Timeout": str(RING_SECONDS * 1000), "Async": "false",
            }, RING_SECONDS + 5, lists=False)  # fmt: skip
        except Refused:
            raise Refused(
                said("%(channel)s was not picked up, or cannot be reached.", channel=channel)
            ) from None


@asynccontextmanager
async def _connected(address: Address) -> AsyncIterator[Link]:
    link = Link(address)
    await link.connect()
    try:
        yield link
    finally:
        link.close()

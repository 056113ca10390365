"""The people of a scenario: staff with telephones, the trunk with all customers behind it, the hub's account."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from tests.connectors.asterisk.leg import Leg
from tests.connectors.asterisk.truth import Direction, Moment, Story
from tests.eventually import eventually
from tests.servers import sip
from tests.servers.ami import Ami
from tests.servers.asterisk import Asterisk
from tests.servers.phone import Phone
from tests.servers.phone_call import SECONDS, Call

SALES, DIRECT, MENU, RECORDED = "+46846500400", "+46846500401", "+46846500402", "+46846500403"
SUPPORT, GROUP, LOCAL = "+46846500404", "+46846500405", "+46846500406"
ASKS, PATIENT = "+46846500409", "+46846500411"
CUSTOMER, ANOTHER = "+46701740605", "+46701740606"
OUTSIDE = "0701740607"
STAFF = ("101", "102", "103")
A_WHILE = 0.6  # seconds that people let it ring, or talk
LONGEST = 40  # seconds: a telephone that nobody answers rings for thirty


class Stage:
    """Everybody at his telephone. `stories` are the calls so far, `moments` what else was done."""

    def __init__(self, server: Asterisk) -> None:
        """Stand before an Asterisk."""
        self.server = server
        self.stories: list[Story] = []
        self.moments: list[Moment] = []
        self.phones: dict[str, Phone] = {}
        self._legs: list[Leg] = []

    async def open(self) -> None:
        """Plug in and wait until every phone can be rung."""
        self.trunk = await Phone.open("trunk", self.server.sip, self.server.trunk)
        self.trunk.heard = self._trunk_rings
        for number, extension in enumerate(STAFF):
            phone = await Phone.open(extension, self.server.sip, hertz=600 + 100 * number)
            phone.heard = self._staff_rings
            await phone.register()
            self.phones[extension] = phone
        await self.login()
        await eventually(self._is_at_rest)

    async def quiet(self) -> None:
        """Wait until the PBX has ended all calls and told every phone so."""
        await eventually(self._is_quiet, LONGEST)

    async def close(self) -> None:
        """Hang up what is left and pull the plugs."""
        for phone in (self.trunk, *self.phones.values()):
            phone.close()
        await self.quiet()
        await self.ami.close()

    async def login(self) -> None:
        """Log in with the rights that an admin gives the hub."""
        self.ami = await Ami.login(self.server.ami_port, "ringback", self.server.secret)

    def note(self, who: str, did: str, to: str = "") -> None:
        """Keep what somebody does beside any call."""
        self.moments.append(Moment(who, did, to))

    async def a_while(self, times: float = 1) -> None:
        """Let it ring, let them talk: how long they do is what a call is made of."""
        await asyncio.sleep(A_WHILE * times)

    # Calls begin.

    async def customer_calls(
        self,
        number: str,
        who: str = CUSTOMER,
        name: str = "",
        host: str = "",
        headers: tuple[sip.Header, ...] = (),
    ) -> Leg:
        """Somebody outside dials one of the company's numbers."""
        known = "" if who == "anonymous" else who.partition(";")[0]
        story = self._tell("inbound", known, number, "customer", "calls", name)
        call = story.line = await self.trunk.call(number, who, name, host, headers)
        return self._leg("customer", call, story)

    async def dials(self, extension: str, number: str) -> Leg:
        """Somebody of staff dials on the telephone: a colleague, or a number outside."""
        outside = number.startswith(("0", "+"))
        customer = f"+46{number[1:]}" if number.startswith("0") else number
        direction: Direction = "outbound" if outside else "internal"
        story = self._tell(direction, customer if outside else "", number, extension, "calls")
        call = story.line = await self.phones[extension].call(number)
        return self._leg(extension, call, story)

    async def clicks(self, extension: str, number: str, *variables: str, **fields: object) -> Story:
        """Somebody of staff clicks on a number; his own phone is to ring for three seconds."""
        story = self._tell("outbound", number, number, extension, "clicks")
        wanted: dict[str, object] = {
            "Channel": f"PJSIP/{extension}", "Context": "ringback-dial", "Exten": number, "Priority": 1,
            "CallerID": f'"Call {number}" <{number}>', "Async": "true", "Timeout": 3000,
        }  # fmt: skip
        await self.ami.ask("Originate", *variables, **wanted, **fields)
        return story

    def expects(self, extension: str, number: str = CUSTOMER) -> Story:
        """Know that somebody of staff clicks on a number in the console."""
        return self._tell("outbound", number, number, extension, "clicks")

    async def rings(self, who: str, story: Story | None = None, seconds: float = SECONDS) -> Leg:
        """Wait until a phone rings, for this call or for any."""
        return (await eventually(lambda: self._ringing(who, story), seconds))[0]

    async def connected(
        self, number: str = SALES, extension: str = "101", who: str = CUSTOMER, name: str = "", host: str = ""
    ) -> tuple[Leg, Leg]:
        """Let a customer talk with somebody of staff: how many scenarios begin. Gives both ends."""
        customer = await self.customer_calls(number, who, name, host)
        staff = await self.rings(extension)
        await self.a_while()
        staff.answers()
        await staff.hears()
        await self.a_while()
        return customer, staff

    def channel(self, prefix: str) -> str:
        """Give the name of the newest channel of a device, for an action."""
        told = [each["Channel"] for each in self.ami.having(Event="Newchannel")]
        return next(name for name in reversed(told) if name.startswith(prefix))

    # How telephones tell whose call it is that rings.

    def _staff_rings(self, call: Call) -> None:
        self._rings(call.phone.user, call, sip.user(call.remote))

    def _trunk_rings(self, call: Call) -> None:
        called = call.invite.start.split()[1].removeprefix("sip:").partition("@")[0]
        story = self._about(called)
        is_customer = story.direction == "outbound" and story.customer == called
        if is_customer:
            story.line = call
        self._rings("customer" if is_customer else "outside", call, called)

    def _rings(self, who: str, call: Call, number: str) -> None:
        story = self._about(number)
        story.line = story.line or call
        story.note(who, "rings")
        self._leg(who, call, story)

    def _about(self, number: str) -> Story:
        """Find the newest call of this number, of a customer or of who dialled; the newest of all without one."""
        told = (each for each in reversed(self.stories) if number in (each.customer, each.moments[0].who))
        return next(told, self.stories[-1])

    def _ringing(self, who: str, story: Story | None) -> list[Leg]:
        mine = (
            leg for leg in self._legs if leg.who == who and story in (None, leg.story) and leg.call.incoming
        )
        return [leg for leg in mine if not leg.call.answered.is_set() and not leg.call.ended.is_set()]

    def _leg(self, who: str, call: Call, story: Story) -> Leg:
        self._legs.append(Leg(who, call, story))
        return self._legs[-1]

    def _tell(
        self, direction: Direction, customer: str, dialled: str, who: str, did: str, name: str = ""
    ) -> Story:
        story = Story(direction, customer, dialled, name)
        story.note(who, did, dialled)
        self.stories.append(story)
        return story

    async def _is_at_rest(self) -> bool:
        members = await self.ami.listed("QueueStatus", "QueueMember", Queue="sales")
        return {each["Status"] for each in members} == {"1"}

    async def _is_quiet(self) -> bool:
        return not await self.ami.listed("CoreShowChannels", "CoreShowChannel")


@contextlib.asynccontextmanager
async def on_stage(server: Asterisk) -> AsyncIterator[Stage]:
    """Everybody comes, and goes at the end."""
    stage = Stage(server)
    await stage.open()
    try:
        yield stage
        await stage.quiet()
    finally:
        await stage.close()

"""The post of campaigns: the business claims copies, a connector sends them, the business settles what became of them.

Each campaign whose turn it is has a few lanes for a while; one of them writes while another sends or settles. Then
others have their turn, so that all have the same share however large they are.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol, cast

from sqlalchemy.orm import Session

from hub import bulk_logs
from hub.bulk_logs import BulkLog
from hub.bulk_mail import Batch, BulkSender, Found, Stopped, Trouble, Withheld, sends_many
from hub.channels import Channels
from hub.clock import now
from hub.connector import AuthFailed, Refused, Unavailable
from hub.db import Database
from hub.errors import describe
from hub.said import said
from hub.timers import Timer

log = logging.getLogger(__name__)

CAMPAIGNS, LANES = 4, 3  # at once
TURN = 5.0  # seconds that a campaign has while others wait
FEWEST, FIRST, MOST = 20, 100, 800  # copies claimed at once
QUICK, SLOW = 0.5, 3.0  # seconds for a lot: twice as many are claimed then, or half
LONGEST = 900.0  # seconds for a lot; its claim lasts for longer
FIRST_WAIT, DOUBLINGS = timedelta(seconds=5), 6  # while the other side is not there
TOLD = 0.5  # seconds between two notices of one campaign
OVER = 60.0  # seconds between two looks for claims that ran out
HELD = 0.05  # seconds between two looks whether a log is still written
FAREWELL = 10.0  # seconds for the letters on their way, when we stop


class Book(Protocol):
    """What the business keeps of copies. Each function is one transaction."""

    TIMER: str

    def earliest(self, session: Session, after: datetime) -> datetime | None:
        """Tell when the next campaign begins or goes on."""

    def take(self, session: Session, moment: datetime, limit: int) -> Sequence[tuple[int, int]]:
        """Give the campaigns whose turn it is."""

    def prepare(self, session: Session, campaign_id: int) -> bool:
        """Make the next copies of one that begins; tell whether there are more to be made."""

    def claim(
        self, session: Session, campaign_id: int, lease: str, most: int, moment: datetime, url: str
    ) -> Batch | None:
        """Claim copies that may leave now, and write them; None where none may."""

    def settle(
        self, session: Session, campaign_id: int, lease: str, found: Found, moment: datetime,
        trouble: Trouble | None = None, *, tells: bool = True,
    ) -> None:  # fmt: skip
        """Write down what became of the copies of a lease; not every step is told to who looks on."""

    def recover(self, session: Session, lease: str, found: Found, moment: datetime) -> None:
        """Settle what was left behind."""

    def give_up(self, session: Session, moment: datetime, leases: Collection[str] | None = None) -> None:
        """Count as unknown what nobody tells the end of."""


class BulkPost:
    """Sends campaigns. Its logs lie in a folder of this node's own."""

    def __init__(self, db: Database, channels: Channels, book: Book, folder: Path, url: str) -> None:
        """Do nothing yet; `run` starts it. `url` is under which address the hub is reached."""
        self._db = db
        self._channels = channels
        self._book = book
        self._folder = folder
        self._url = url
        self._logs: dict[str, tuple[int, BulkLog]] = {}
        self._size = FIRST
        self._losses: dict[int, int] = {}
        self._told_at: dict[int, float] = {}
        self._stopping = False
        self._writing = asyncio.Lock()  # lanes write the same rows: two at once would lose and begin anew
        db.listen(Stopped, self._stop)
        db.listen(Withheld, self._withhold)
        self.timer = Timer(
            book.TIMER, db, earliest=book.earliest, take=book.take, fire=self._have_turn, at_once=CAMPAIGNS
        )

    async def run(self) -> None:
        """Settle what was left behind when we were killed, then send until cancelled."""
        self._stopping = False
        await self._recover()
        timer = asyncio.create_task(self.timer.run())
        over = asyncio.create_task(self._give_up())
        try:
            # Unlike gather it does not cancel them: what is on its way is to end by itself first.
            done, _going = await asyncio.wait({timer, over}, return_when=asyncio.FIRST_COMPLETED)
            for each in done:
                each.result()
        finally:
            self._stopping = True
            for _campaign_id, kept in self._logs.values():
                kept.stop()
            over.cancel()
            timer.cancel()
            await asyncio.gather(timer, over, return_exceptions=True)

    def _stop(self, stopped: Stopped) -> None:
        for campaign_id, each in self._logs.values():
            if campaign_id == stopped.campaign_id:
                each.stop()

    def _withhold(self, withheld: Withheld) -> None:
        for _campaign_id, each in self._logs.values():
            each.withhold(withheld.copies)

    async def _recover(self) -> None:
        await self._settle_left_behind()
        if not self._db.shared:
            await self._db.write(self._book.give_up, now(), ())

    async def _settle_left_behind(self) -> None:
        for path in bulk_logs.left_behind(self._folder):
            if path.stem not in self._logs:
                while bulk_logs.is_held(path):  # noqa: ASYNC110 - who wrote for a hub that was killed is about to end
                    await asyncio.sleep(HELD)
                await self._db.write(self._book.recover, path.stem, bulk_logs.read(path), now())
                path.unlink()

    async def _give_up(self) -> None:
        """Settle what the store could not take in time, and give up what other nodes claimed and never settled."""
        while True:
            await asyncio.sleep(OVER)
            await self._settle_left_behind()
            await self._db.write(self._book.give_up, now())

    async def _have_turn(self, campaign_id: int) -> None:
        """Send copies of a campaign until its turn is over, or none may leave."""
        until = asyncio.get_running_loop().time() + TURN
        lanes = [self._lane(campaign_id, until) for _ in range(LANES)]
        if await self._db.write(self._book.prepare, campaign_id):
            lanes.append(self._prepare(campaign_id, until))
        await asyncio.gather(*lanes)

    async def _prepare(self, campaign_id: int, until: float) -> None:
        """Make the other copies of a campaign while its first ones leave."""
        goes_on, loop = True, asyncio.get_running_loop()
        while goes_on and loop.time() < until and not self._stopping:
            async with self._writing:
                goes_on = await self._db.write(self._book.prepare, campaign_id)

    async def _lane(self, campaign_id: int, until: float) -> None:
        loop = asyncio.get_running_loop()
        while loop.time() < until and not self._stopping:
            begun = loop.time()
            if not await self._send_some(campaign_id):
                return
            took = loop.time() - begun
            if took < QUICK:
                self._size = min(self._size * 2, MOST)
            elif took > SLOW:
                self._size = max(self._size // 2, FEWEST)

    async def _send_some(self, campaign_id: int) -> bool:
        """Send one lot; tell whether there may be more."""
        lease = secrets.token_hex(12)
        kept = BulkLog.begun(self._folder, lease)
        self._logs[lease] = campaign_id, kept
        trouble: Trouble | None = None
        try:
            async with self._writing:
                batch = await self._db.write(
                    self._book.claim, campaign_id, lease, self._size, now(), self._url
                )
            if batch is None:
                kept.remove()
                return False
            trouble = await self._send(campaign_id, batch, kept)
            async with self._writing:
                await self._db.write(
                    self._book.settle,
                    campaign_id,
                    lease,
                    kept.found,
                    now(),
                    trouble,
                    tells=self._tells(campaign_id),
                )
            kept.remove()
        finally:
            kept.close()
            del self._logs[lease]
        return trouble is None and not kept.is_stopped

    def _tells(self, campaign_id: int) -> bool:
        """Tell whether those who look at a campaign are to look again: not too often."""
        moment = asyncio.get_running_loop().time()
        is_time = moment - self._told_at.get(campaign_id, -TOLD) >= TOLD
        if is_time:
            self._told_at[campaign_id] = moment
        return is_time

    async def _send(self, campaign_id: int, batch: Batch, kept: BulkLog) -> Trouble | None:
        """Have a connector send a lot; what is on its way when we are to end has some time."""
        sending = asyncio.create_task(self._hand_over(batch, kept))
        try:
            await asyncio.wait_for(asyncio.shield(sending), LONGEST)
        except Unavailable as error:
            return Trouble(describe(error), self._wait(campaign_id, error.after))
        except TimeoutError:
            return Trouble(said("The mail server is too slow."), self._wait(campaign_id, None))
        except (AuthFailed, Refused, LookupError) as error:
            return Trouble(describe(error), None)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            log.exception("campaign %d cannot be sent", campaign_id)
            return Trouble(describe(error), None)
        finally:
            sending.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await sending
        self._losses.pop(campaign_id, None)
        return None

    async def _hand_over(self, batch: Batch, kept: BulkLog) -> None:
        connector = (await self._channels.find(batch.channel_id)).connector
        if not sends_many(connector):
            raise Refused(said("This channel sends no campaigns."))
        await cast("BulkSender", connector).send_many(batch, kept)

    def _wait(self, campaign_id: int, after: float | None) -> timedelta:
        """Give how long to wait, longer each time."""
        losses = self._losses[campaign_id] = self._losses.get(campaign_id, 0) + 1
        return timedelta(seconds=after) if after else FIRST_WAIT * 2 ** min(losses - 1, DOUBLINGS)

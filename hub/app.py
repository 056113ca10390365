"""The hub put together. Only this file knows everybody: kernel, connectors and business."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path

from aiohttp import web
from sqlalchemy.orm import Session

import crm.campaign_archive
import crm.campaign_trials
import crm.consents
import crm.copy_events
import crm.deliveries
import crm.segments
import crm.suppressions  # noqa: F401 - tables
from crm import (
    campaign_chats,
    campaign_sending,
    chat_fates,
    chat_media,
    chat_sendings,
    company_settings,
    consent_standings,
    copy_counts,
    copy_event_counts,
    demo,
    dialling,
    intake,
    letter_fates,
    lookout,
    mending,
    paces,
    recordings,
    search_feed,
    supervising,
    telephone_orders,
    trades,
    visits,
)
from crm.appointment_times import Unfit
from crm.calendars import add_absence, away, end_absence
from crm.check import examine
from crm.company import Company
from crm.company_file import CompanyFile
from crm.desk import Refusal
from crm.merging import Settled
from crm.moments import DEADLINES, MOMENTS, Moments
from crm.tasks import Closed
from crm.web.campaign_outlook import OUTLOOK, Outlook
from crm.web.document_making import MAKER, DocumentMaker
from crm.web.frame import company, frame
from crm.web.road import trace
from crm.web.rooms import TEMPLATES
from crm.web.run_work import Errands
from crm.web.targets import targets
from hub import journal, proofs, unproven
from hub.attending import Attending
from hub.bulk_post import BulkPost
from hub.bus import Bus, LocalBus, Notice
from hub.channels import Channels, LiveChannel, connector_kinds
from hub.comparing import Comparing
from hub.db import Database
from hub.events import Event
from hub.fetching import Fetcher
from hub.following import Follower
from hub.journal import Inbound, Outcome
from hub.link_looks import LinkLooks
from hub.listening import Listeners
from hub.outbox import Outgoing
from hub.papers import Papers
from hub.postman import Postman
from hub.processing import Processor
from hub.reception import RECEPTION, Reception
from hub.remote_images import IMAGES, RemoteImages
from hub.retention import Sweeper
from hub.settings import Settings, SettingsError, load
from hub.staff import Guarded
from hub.store import blobs_of
from hub.timers import Timer
from hub.web import keys
from hub.web.frame import Company as Firm
from hub.web.setup import install
from hub.writing_down import Secretary

# What the command line asks of the business, it asks here.
__all__ = [
    "add_absence",
    "away",
    "company",
    "consent_standings",
    "copy_counts",
    "copy_event_counts",
    "deadlines",
    "demo",
    "end_absence",
    "examine",
    "fill",
    "indexing",
    "likely_duplicates",
    "make_app",
    "search_feed",
]

log = logging.getLogger(__name__)

RESTART = 1.0  # seconds before a loop that broke is started again
# How long work behind the traffic lets a rush go first: somebody may search for whom he just spoke with.
SOON, LATER = timedelta(seconds=3), timedelta(minutes=1)
# What forgets what the business keeps for a while only.
FORGOTTEN = (telephone_orders.forget, unproven.forget, proofs.forget, chat_sendings.forget, paces.forget)

MOST_FIELDS = 10_000  # of a form: a deal of a thousand lines has seven of each


async def fill(db: Database, file: Path) -> bool:
    """Fill an empty store from company.toml; True when it was empty. SettingsError says what is wrong."""
    if await db.read(lambda session: session.get(Company, 1)) is not None:
        return False
    content = load(file, CompanyFile)
    try:
        return await db.write(trades.found, content)
    except ValueError as error:
        raise SettingsError(f"{file}: {error}") from None


async def make_app(db: Database, data: Path, settings: Settings) -> web.Application:
    """Put a hub together on an open, filled store. Its loops run as long as the application does."""
    bus: Bus = LocalBus()
    channels = Channels(db, settings.url)
    await channels.load()
    await db.write(search_feed.install)
    await db.write(proofs.make_key)
    blobs = blobs_of(data)
    processor = Processor(db, blobs, channels, _take)
    app = web.Application(client_max_size=settings.largest_body, client_max_fields=MOST_FIELDS)
    app[keys.DB], app[keys.BLOBS], app[keys.CHANNELS] = db, blobs, channels
    app[keys.BUS], app[keys.SETTINGS], app[keys.PROCESSOR] = bus, settings, processor
    app[IMAGES] = RemoteImages()
    app[OUTLOOK] = Outlook(channels, settings.url, LinkLooks())
    app[MAKER] = DocumentMaker(db, blobs, Papers(), settings.url.rstrip("/"))
    app.cleanup_ctx.extend([app[MAKER].kept, _let_go(channels)])
    app[RECEPTION] = Reception(db, bus, visits)
    app.on_shutdown.append(_part)
    db.listen(Notice, bus.publish)
    whose = _Whose(db, await db.read(company))
    kinds = connector_kinds().values()
    install(
        app, company=whose.is_it, frame=frame, trace=trace, targets=targets,
        refusals=[Refusal, Closed, Guarded, Settled, Unfit],
        templates=[TEMPLATES, *(kind.templates for kind in kinds if kind.templates)],
    )  # fmt: skip
    for kind in kinds:
        app.router.add_routes(kind.routes())

    rushed = _rushed(db, processor)
    secretary = Secretary(db, blobs, channels, recordings, settings.transcribe, settings.transcribe_seconds)
    for run in (
        channels.run,
        processor.run,
        Postman(db, blobs, channels, _settle, mending.settings_refused).run,
        Listeners(db, processor.accept, channels, mending.settings_refused, supervising.shown).run,
        Attending(db, channels, mending.something_missing).run,
        Comparing(db, blobs, channels).run,
        BulkPost(db, channels, campaign_sending, data / "campaigns", settings.url).run,
        secretary.run,
        secretary.forget,
        Fetcher(db, blobs, channels, chat_media).run,
        Errands(db, app[MAKER]).run,
        *(_timer(db, each).run for each in (DEADLINES, *MOMENTS)),
        indexing(db, rushed).run,
        Sweeper(db, blobs, settings.journal_days, FORGOTTEN).run,
        likely_duplicates(db, rushed).run,
    ):
        app.cleanup_ctx.append(_kept_running(run))
    return app


def _rushed(db: Database, processor: Processor) -> Callable[[], bool]:
    """Give what tells whether so much comes that what can wait does."""
    return lambda: processor.timer.busy or processor.is_told or journal.is_rushed(db)


class _Whose:
    """Whose hub it is, read again when an admin changed it."""

    def __init__(self, db: Database, known: Firm) -> None:
        self._db = db
        self._known = known
        self._reading: asyncio.Task[None] | None = None
        db.listen(Notice, self._hear)

    def is_it(self) -> Firm:
        return self._known

    def _hear(self, notice: Notice) -> None:
        if notice.kind == company_settings.KIND:
            self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        self._known = await self._db.read(company)


def _take(session: Session, item: Inbound, channel: LiveChannel, event: Event) -> Outcome:
    """Have the business make records of an event, and whoever waits for that in his browser look again."""
    outcome = intake.take(session, item, channel, event)
    visits.heard(session, channel.id, event)
    return outcome


def _let_go(channels: Channels) -> Callable[[web.Application], AsyncIterator[None]]:
    """Give what has connectors let go once all loops have ended: what is begun first ends last."""

    async def keep(_app: web.Application) -> AsyncIterator[None]:
        yield
        await channels.close()

    return keep


async def _part(app: web.Application) -> None:
    await app[RECEPTION].close()


def _settle(session: Session, row: Outgoing) -> None:
    """Tell the business what became of a command."""
    dialling.settle(session, row)
    telephone_orders.settle(session, row)
    letter_fates.settle(session, row)
    campaign_chats.settle(session, row)
    chat_fates.settle(session, row)
    visits.settle(session, row)


def deadlines(db: Database) -> Timer[int]:
    """Give the timer that takes every deadline's next step when it is due."""
    return _timer(db, DEADLINES)


def _timer(db: Database, moments: Moments) -> Timer[int]:
    async def fire(row_id: int) -> None:
        await db.write(moments.fire, row_id)

    return Timer(moments.name, db, earliest=moments.earliest, take=moments.take, fire=fire)


def indexing(db: Database, gives_way_to: Callable[[], bool] = lambda: False) -> Follower[search_feed.Lot]:
    """Give the follower that keeps the index of words up to date."""
    return Follower(
        db, gather=search_feed.gather, gather_little=search_feed.gather_little, do=search_feed.index,
        gives_way_to=gives_way_to, patience=SOON,
    )  # fmt: skip


def likely_duplicates(
    db: Database, gives_way_to: Callable[[], bool] = lambda: False
) -> Follower[lookout.Found]:
    """Give the follower that looks whom a contact may be as well, once it was made or changed."""
    return Follower(
        db, gather=partial(lookout.look, shared=db.shared), do=lookout.keep,
        gives_way_to=gives_way_to, patience=LATER,
    )  # fmt: skip


def _kept_running(run: Callable[[], Awaitable[None]]) -> Callable[[web.Application], AsyncIterator[None]]:
    async def context(_app: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(_supervise(run))
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    return context


async def _supervise(run: Callable[[], Awaitable[None]]) -> None:
    """Run a loop for ever; a database that is away for a while must not end it."""
    while True:
        try:
            await run()
        except Exception:
            log.exception("a loop broke and is started again")
            await asyncio.sleep(RESTART)

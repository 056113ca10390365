"""Why a campaign goes no faster than it does, and until when: in words, for who waits for its end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import campaign_trials, campaign_watch, copy_counts, paces
from crm.campaign_trials import NOBODY, PERSON
from crm.campaigns import MAIL, RUNNING, Campaign
from crm.copy_counts import CopyCount
from crm.deliveries import CLAIMED, WAITING, Delivery
from crm.paces import ALL, EASES, Pace
from hub.channels import Channel
from hub.outbox import Outgoing
from hub.said import Said, nsaid, said

SOON = timedelta(seconds=5)
MOST = 8  # domains that are named
LOOKED = 500  # copies that are looked at


class Reason(msgspec.Struct, frozen=True):
    """One of them; `until` where that can be said, `href` where something can be done."""

    words: Said | str
    until: datetime | None = None
    href: str = ""


def reasons(session: Session, campaign: Campaign, moment: datetime) -> list[Reason]:
    """Give them, the greatest first; none for what does not go."""
    if campaign.state != RUNNING or campaign.channel_id is None:
        return []
    channel = session.get_one(Channel, campaign.channel_id)
    if channel.paused_at is not None:
        by_mail = said("Its mailbox “%(name)s” is paused.", name=channel.title)
        by_messenger = said("Its channel “%(name)s” is paused.", name=channel.title)
        return [*_by_trial(session, campaign), Reason(by_mail if campaign.handle == MAIL else by_messenger)]
    if campaign.handle != MAIL:
        return [
            *_by_itself(campaign, moment), *_of_the_channel(session, channel), *_under_way(session, campaign),
            *_put_off(session, campaign, moment),
        ]  # fmt: skip
    return [
        *_by_trial(session, campaign), *_by_itself(campaign, moment), *_limits(session, campaign, moment),
        *_put_off(session, campaign, moment), *_for_a_person(session, campaign),
    ]  # fmt: skip


def _by_trial(session: Session, campaign: Campaign) -> Iterator[Reason]:
    """Say how many wait until a letter is chosen for them, by a person or by what the trial counts."""
    trial = campaign_trials.trial_of(session, campaign.id)
    if trial is None or trial.winner:
        return
    kept_back = (CopyCount.variant == NOBODY, CopyCount.state == WAITING)
    if number := copy_counts.number(session, campaign.id, *kept_back):
        letters, href = ", ".join(trial.variants), f"/campaigns/{campaign.id}/trial"
        if trial.rule == PERSON or trial.decided_at is not None:
            yield Reason(nsaid("%(num)s waits until somebody chooses between the letters %(letters)s.",
                               "%(num)s wait until somebody chooses between the letters %(letters)s.", number,
                               letters=letters), href=href)  # fmt: skip
        else:
            yield Reason(nsaid("%(num)s waits for the choice between the letters %(letters)s.",
                               "%(num)s wait for the choice between the letters %(letters)s.", number,
                               letters=letters), trial.decides_at, href)  # fmt: skip


def _by_itself(campaign: Campaign, moment: datetime) -> Iterator[Reason]:
    if campaign.paused_why:
        until = campaign.next_at if campaign.next_at and campaign.next_at > moment + SOON else None
        yield Reason(campaign.paused_why, until)


def _limits(session: Session, campaign: Campaign, moment: datetime) -> Iterator[Reason]:
    """Say what its mailbox and the domains that it still writes to are limited to."""
    waiting = select(Delivery.domain).where(
        Delivery.campaign_id == campaign.id, Delivery.state == WAITING, Delivery.domain == Pace.domain
    )
    of_it = Pace.channel_id == campaign.channel_id
    own = session.scalar(select(Pace).where(of_it, Pace.domain == ALL))
    named = session.scalars(
        select(Pace).where(of_it, Pace.domain != ALL, waiting.exists()).order_by(Pace.domain).limit(MOST)
    )
    if own is not None:
        yield from _of_the_mailbox(own, moment)
    for each in named:
        if times := each.halved(moment):
            words = said("%(domain)s says “not now”: it gets 1 of %(of)s of what it got.", domain=each.domain,
                         of=1 << times)  # fmt: skip
            yield Reason(words, (each.halved_at or moment) + EASES)
        elif each.per_hour is not None:
            yield Reason(nsaid("%(domain)s gets at most %(num)s letter an hour.",
                               "%(domain)s gets at most %(num)s letters an hour.", each.per_hour,
                               domain=each.domain))  # fmt: skip


def _for_a_person(session: Session, campaign: Campaign) -> Iterator[Reason]:
    """Say how many wait until somebody decides, since they were refused for what we are."""
    held = (*campaign_watch.held(campaign.id), Delivery.due_at.is_(None))
    if number := session.scalar(select(func.count()).select_from(Delivery).where(*held)):
        yield Reason(nsaid("%(num)s was refused for what we are, and waits until somebody decides at the end.",
                           "%(num)s were refused for what we are, and wait until somebody decides at the end.",
                           number))  # fmt: skip


def _of_the_mailbox(own: Pace, moment: datetime) -> Iterator[Reason]:
    if times := own.halved(moment):
        words = said("Its own mail server says “not now”: it gets 1 of %(of)s of what it got.", of=1 << times)
        yield Reason(words, (own.halved_at or moment) + EASES)
    warm = own.warm(moment)
    if warm is not None and (own.per_hour is None or warm < own.per_hour):
        yield Reason(nsaid("Its mailbox is warmed up: %(num)s letter an hour today.",
                           "Its mailbox is warmed up: %(num)s letters an hour today.", warm))  # fmt: skip
    elif own.per_hour is not None:
        yield Reason(nsaid("Its mailbox writes at most %(num)s letter an hour.",
                           "Its mailbox writes at most %(num)s letters an hour.", own.per_hour))  # fmt: skip


def _of_the_channel(session: Session, channel: Channel) -> Iterator[Reason]:
    """Say what a messenger's channel is in trouble for, or limited to."""
    if channel.trouble:
        yield Reason(
            said("Its channel “%(name)s” is in trouble: %(why)s", name=channel.title, why=channel.trouble)
        )
    own = session.scalar(select(Pace).where(Pace.channel_id == channel.id, Pace.domain == ALL))
    if own is not None and own.per_hour is not None:
        yield Reason(nsaid("Its channel writes at most %(num)s message an hour.",
                           "Its channel writes at most %(num)s messages an hour.", own.per_hour))  # fmt: skip


def _under_way(session: Session, campaign: Campaign) -> Iterator[Reason]:
    """Say how many were handed to a messenger that wants no more for now, and why."""
    waits = (Outgoing.due_at.is_not(None), Outgoing.begun_at.is_(None), Outgoing.attempts > 0)
    held = (
        select(func.count(), func.min(Outgoing.due_at), func.max(Outgoing.id))
        .join(Delivery, Delivery.outgoing_id == Outgoing.id)
        .where(Delivery.campaign_id == campaign.id, Delivery.state == CLAIMED, *waits)
    )
    number, until, last = session.execute(held).one()
    if number:
        yield Reason(nsaid("%(num)s waits to be tried again: %(why)s", "%(num)s wait to be tried again: %(why)s",
                           number, why=session.get_one(Outgoing, last).error or ""), until)  # fmt: skip


def _put_off(session: Session, campaign: Campaign, moment: datetime) -> Iterator[Reason]:
    """Say how many wait for another try, or for their hour; of many, how many at least."""
    first = (
        select(Delivery.tries, Delivery.due_at)
        .where(Delivery.campaign_id == campaign.id, Delivery.state == WAITING, Delivery.due_at > moment + SOON)
        .order_by(Delivery.due_at).limit(LOOKED).subquery()
    )  # fmt: skip
    tried = first.c.tries > 0
    wanted = select(tried, func.count(), func.min(first.c.due_at)).group_by(tried)
    found = {bool(again): (number, until) for again, number, until in session.execute(wanted)}
    are_more = sum(number for number, _until in found.values()) == LOOKED
    number, until = found.get(True, (0, None))
    if number:
        words = said("At least %(num)s could not be taken at first and are tried again.", num=number)
        yield Reason(words if are_more else nsaid(
            "%(num)s could not be taken at first and is tried again.",
            "%(num)s could not be taken at first and are tried again.", number), until)  # fmt: skip
    number, until = found.get(False, (0, None))
    if number and until is not None and until > moment + paces.AHEAD:
        words = said("At least %(num)s wait for the hours in which they may be sent.", num=number)
        yield Reason(words if are_more else nsaid(
            "%(num)s waits for the hours in which it may be sent.",
            "%(num)s wait for the hours in which they may be sent.", number), until)  # fmt: skip

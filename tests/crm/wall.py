"""The board of the company's PBX, as tests set it up."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from hub import boards
from hub.board import Board, Listening, Member, Queue, State, Telephone, Waiting
from hub.channels import Channel
from hub.clock import now
from tests.crm.switchboard import CHANNEL, KARIN, Switchboard


def member(extension: str, reason: str | None = None) -> Member:
    """Give a member of a queue, who pauses for this reason."""
    return Member(extension=extension, name=f"Telephone {extension}", paused=reason is not None, reason=reason or "",
                  paused_at=now() if reason is not None else None)  # fmt: skip


def queue(name: str, *members: Member, department: str = "", calls: tuple[str, ...] = ()) -> Queue:
    """Give a queue in which these calls wait since a minute."""
    since = now() - timedelta(minutes=1)
    waiting = tuple(Waiting(call=key, number=KARIN, since=since) for key in calls)
    return Queue(name=name, department=department, waiting=waiting, members=members)


def board(*queues: Queue, listening: tuple[Listening, ...] = (), **states: State) -> Board:
    """Give a board; telephones are called t101 and so on."""
    telephones = tuple(
        Telephone(extension=name[1:], state=state, since=now()) for name, state in states.items()
    )
    return Board(queues=queues, telephones=telephones, listening=listening)


async def shows(pbx: Switchboard, shown: Board) -> None:
    """Have the PBX be heard and show this."""

    def show(session: Session) -> None:
        channel = session.get_one(Channel, CHANNEL)
        channel.up_at = channel.up_at or now()
        channel.heard_at = now()
        boards.keep(session, CHANNEL, shown)

    await pbx.db.write(show)


async def falls_silent(pbx: Switchboard) -> None:
    """Have the PBX not be heard any more."""

    def lose(session: Session) -> None:
        channel = session.get_one(Channel, CHANNEL)
        channel.up_at, channel.heard_at = None, now()

    await pbx.db.write(lose)

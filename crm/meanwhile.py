"""What came while two cards were one, and whose it is once they are two again.

A request goes to the one by whose number or address it came, a message of a chat to the one whom the messenger means,
a signature with its deal, and with it whatever hangs on it: its task, the thread that was opened for it, the numbers
that were first heard of in it. What names both, or neither, stays with the card that took the other in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from crm import chats, tasks
from crm.belongings import Reference, naming_rows_of, parents, references
from crm.chats import Chat
from crm.contacts import Identity, handles_of, identity
from crm.conversations import Conversation, Interaction, conversation_on, key_of_deal, open_conversation
from crm.letters import KIND, Letter, letters_of
from crm.moves import Move, settle

SHORT = 100  # letters of an answer that may be a number or an address

_DIVIDED = frozenset({"interactions", "handles", "conversations", "chats"})
"""Tables of which each row is divided by what it says itself."""

Key = tuple[str, str]


class Stay(NamedTuple):
    """A card that somebody was in: since when, and the newest number of each table at that time."""

    card_id: int
    since: datetime
    last_ids: Mapping[str, int]


def said_by(touch: Interaction, country: str) -> Identity:
    """Read the numbers and addresses out of the answers of a request."""
    handles: list[Key] = []
    spellings: list[Key] = []
    for answer in touch.fields:
        if len(answer["value"]) <= SHORT:
            read = identity(answer["value"], answer["value"], country)
            handles += read.handles
            spellings += read.spellings
    return Identity(tuple(dict.fromkeys(handles)), tuple(spellings))


def divide(session: Session, card_id: int, other_id: int, stays: Sequence[Stay], country: str) -> None:
    """Give a contact who has a card of his own again what came for him while he was in others."""
    by_table = {each.table.name: each for each in references()}
    touches = _touches(session, by_table["interactions"], other_id, stays)
    whose = _Whose(session, card_id, other_id, stays)
    letters = letters_of(session, [touch.id for touch in touches if touch.kind == KIND])
    chatting = chats.handles_of(session, [touch.id for touch in touches if touch.kind == chats.KIND])
    deals = by_table["deals"]
    hers = session.connection().scalars(select(deals.id).where(deals.column == card_id)).all()
    of_deals = {key_of_deal(each) for each in hers}
    mine = [
        touch for touch in touches
        if touch.key in of_deals
        or whose.takes(_said(touch, letters.get(touch.id), chatting.get(touch.id), country))
    ]  # fmt: skip
    for touch in mine:
        settle(session, by_table["interactions"], touch.id, card_id)
    for handle in whose.learned:
        settle(session, by_table["handles"], handle, card_id)
    for where, row in _written_to(session, [value for _kind, value in whose.mine], other_id, stays):
        settle(session, where, row, card_id)
    for where in references():
        if where.table.name not in _DIVIDED:
            for row in _hanging(session, where, card_id, other_id, stays):
                settle(session, where, row, card_id)
    for row in _named(session, by_table["tasks"], card_id, other_id, stays):
        settle(session, by_table["tasks"], row, card_id)
    for row in session.connection().scalars(_since(by_table["chats"], other_id, stays)).all():
        if chats.known_as(session, session.get_one(Chat, row)) in whose.mine:
            settle(session, by_table["chats"], row, card_id)
    _threads(session, by_table["conversations"], card_id, other_id, stays)
    session.expire_all()
    _mend(session, card_id, other_id)


def _said(touch: Interaction, letter: Letter | None, chatting: Key | None, country: str) -> Identity:
    """Read who is named: of a letter its sender, of ours and of reports its recipients, of a chat its handle."""
    if chatting is not None:
        return Identity((chatting,), ())
    if letter is None:
        return said_by(touch, country)
    if touch.direction == "out":
        named = [each["address"] for each in (*letter.to, *letter.cc)]
    else:
        named = [str(bounce["recipient"]) for bounce in letter.bounces] or [letter.sender]
    return Identity(tuple(key for each in named for key in identity("", each, country).handles), ())


class _Whose:
    """Tells by numbers and addresses who of two is meant, and learns new ones on the way."""

    def __init__(self, session: Session, card_id: int, other_id: int, stays: Sequence[Stay]) -> None:
        handles = handles_of(session, [card_id, other_id])
        homes = dict(
            session.execute(select(Move.row, Move.home_id).where(Move.place == "handles.contact_id")).all()
        )
        since = {stay.card_id: stay.since for stay in stays}
        self.mine = {(each.kind, each.value) for each in handles[card_id]}
        self._new: dict[Key, int] = {}
        self._theirs: set[Key] = set()
        for each in handles[other_id]:
            home = homes.get(each.id, other_id)
            if home in since and each.made_at >= since[home]:
                self._new[each.kind, each.value] = each.id
            else:
                self._theirs.add((each.kind, each.value))
        self.learned: list[int] = []

    def takes(self, said: Identity) -> bool:
        """Tell whether this came by a handle of the one that goes, and by none of the other's."""
        every = {*said.handles, *said.spellings}
        mine = not every.isdisjoint(self.mine) and every.isdisjoint(self._theirs)
        for key in self._new.keys() & said.handles:
            handle = self._new.pop(key)
            (self.mine if mine else self._theirs).add(key)
            if mine:
                self.learned.append(handle)
        return mine


def _touches(
    session: Session, where: Reference, other_id: int, stays: Sequence[Stay]
) -> Sequence[Interaction]:
    rows = session.connection().scalars(_since(where, other_id, stays)).all()
    return session.scalars(select(Interaction).where(Interaction.id.in_(rows)).order_by(Interaction.id)).all()


def _since(where: Reference, other_id: int, stays: Sequence[Stay]) -> Select[int]:
    """Ask for rows of a card that were made in it, or in one merged into it, while somebody was there."""
    home = select(Move.home_id).where(Move.place == where.place, Move.row == where.id).scalar_subquery()
    at = func.coalesce(home, other_id)
    made: list[ColumnElement[bool]] = [
        and_(at == stay.card_id, where.id > stay.last_ids.get(where.table.name, 0)) for stay in stays
    ]
    least = min(stay.last_ids.get(where.table.name, 0) for stay in stays)
    return select(where.id).where(where.column == other_id, where.id > least, or_(*made)).order_by(where.id)


def _hanging(
    session: Session, where: Reference, card_id: int, other_id: int, stays: Sequence[Stay]
) -> list[int]:
    """Find the rows that hang on something that is now the card's."""
    found: set[int] = set()
    owner = {each.table.name: each.column for each in references()}
    for column, table in parents(where.table):
        hers = select(table.c.id).where(owner[table.name] == card_id)
        found.update(session.connection().scalars(_since(where, other_id, stays).where(column.in_(hers))))
    return sorted(found)


def _named(
    session: Session, where: Reference, card_id: int, other_id: int, stays: Sequence[Stay]
) -> list[int]:
    """Find the tasks that something of the card's names: a step of a run, a visit, a call."""
    owner = {each.table.name: each.column for each in references()}
    found: set[int] = set()
    for table, column in naming_rows_of(where.table):
        if table.name in owner:
            his = [select(column).where(owner[table.name] == card_id)]
        else:
            his = [
                select(column).join(above, above.c.id == link).where(owner[above.name] == card_id)
                for link, above in parents(table) if above is not where.table
            ]  # fmt: skip
        for named in his:
            new = _since(where, other_id, stays).where(where.id.in_(named))
            found.update(session.connection().scalars(new))
    return sorted(found)


def _written_to(
    session: Session, values: Sequence[str], other_id: int, stays: Sequence[Stay]
) -> list[tuple[Reference, int]]:
    """Find the rows that are about these numbers and addresses, and what those hang on: a run of a sequence."""
    found: list[tuple[Reference, int]] = []
    by_table = {each.table.name: each for each in references()}
    for where in by_table.values():
        if where.handle is None:
            continue
        about = where.handle.in_(values)
        rows = session.connection().scalars(_since(where, other_id, stays).where(about)).all()
        found += [(where, row) for row in rows]
        for column, table in parents(where.table):
            above, named = by_table[table.name], select(column).where(where.id.in_(rows))
            if table.name not in _DIVIDED:
                theirs = _since(above, other_id, stays).where(above.id.in_(named))
                found += [(above, row) for row in session.connection().scalars(theirs)]
    return found


def _threads(session: Session, where: Reference, card_id: int, other_id: int, stays: Sequence[Stay]) -> None:
    """Give the card those threads in which there is nothing of the other's."""
    touching = select(Interaction.id).where(Interaction.conversation_id == where.id)
    theirs = touching.where(Interaction.contact_id != card_id).exists()
    hers = touching.where(Interaction.contact_id == card_id).exists()
    for row in session.connection().scalars(_since(where, other_id, stays).where(hers, ~theirs)).all():
        settle(session, where, row, card_id)


def _mend(session: Session, *contact_ids: int) -> None:
    """Have what stands in a thread of another's now, also what came home, stand in one of its own contact's.

    What somebody joined with another's thread on purpose stays there. Of letters each thread stays one of its own.
    """
    his = aliased(Conversation)
    joined = (
        select(his.id)
        .where(his.contact_id == Interaction.contact_id, his.merged_into_id == Conversation.id)
        .correlate(Interaction, Conversation)
    )
    crossed = (
        select(Interaction, Conversation)
        .join(Conversation, Conversation.id == Interaction.conversation_id)
        .where(
            Interaction.contact_id.in_(contact_ids),
            Conversation.contact_id != Interaction.contact_id,
            ~joined.exists(),
        )
        .order_by(Interaction.id)
    )
    made: dict[tuple[int, int], int] = {}
    for touch, thread in session.execute(crossed).all():
        if touch.kind != KIND:
            touch.conversation_id = conversation_on(
                session, touch.contact_id, thread.channel_id, thread.subject, touch.at
            )
            continue
        key = (touch.contact_id, thread.id)
        if key not in made:
            made[key] = open_conversation(
                session, touch.contact_id, thread.channel_id, thread.subject, touch.at
            )
            new = session.get_one(Conversation, made[key])
            new.assignee_id, new.department_id = thread.assignee_id, thread.department_id
        touch.conversation_id = made[key]
    session.flush()
    for number in made.values():
        _stand(session, session.get_one(Conversation, number))


def _stand(session: Session, opened: Conversation) -> None:
    """Have a conversation that was just opened say since when it waits, and when the last touch in it was."""
    waiting = tasks.waiting_in(session, opened.id)
    opened.waits_since = min((task.created_at for task in waiting), default=None)
    last = select(func.max(Interaction.at)).where(Interaction.conversation_id == opened.id)
    opened.last_at = session.scalar(last) or opened.last_at

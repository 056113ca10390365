"""Merging: two cards turn out to be one person, and that can be taken back at any later time.

The card that is merged keeps its own columns and leads to the other, which takes what it is told to take. What
each column was before is written down. Taken back, everybody has his own again; whatever came meanwhile is
divided (crm/meanwhile.py), and what was typed meanwhile stays with the card on which it was typed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crm import merged_copies, moves, tasks
from crm.belongings import last_ids
from crm.contacts import Contact, Handle, handles_of, root
from crm.meanwhile import Stay, divide
from crm.merges import Merge, merge_of
from crm.moves import Move
from crm.setup import setup
from hub import audit
from hub.bus import Notice
from hub.clock import now
from hub.db import announce
from hub.languages import N_, _
from hub.said import said
from hub.users import User, Viewer

CUSTOM = "fields."
_MERGED = N_("%(name)s merged one of these cards already: look again")
_TAKEN_BACK = N_("%(name)s took this merge back already")
COLUMNS = ("name", "organisation_id", "department_id", "responsible_id")

Values = dict[str, object]
Changes = Mapping[str, tuple[object, object]]


class Settled(Exception):
    """Somebody was faster; the words say who."""


def merge(
    session: Session, viewer: Viewer, card_id: int, survivor_id: int, taken: Collection[str] | None = None
) -> Merge:
    """Say that one card is another, which takes these columns of it; None: those that it lacks.

    Columns are named as in `values_of`. Settled says that somebody merged one of them already.
    """
    card, survivor = _both(session, card_id, survivor_id)
    done = Merge(
        card_id=card.id, survivor_id=survivor.id, merged_at=now(), merged_by=viewer.user_id, asked=card.maybe,
        last_ids=last_ids(session), columns={},
    )  # fmt: skip
    before, name = _state(survivor), called(session, card)
    _take(survivor, values_of(card), lacking(card, survivor) if taken is None else taken)
    card.merged_into_id, card.maybe = survivor.id, None
    session.flush()
    survivor.maybe = _still_asked(session, survivor)
    survivor.changed_at = done.merged_at
    differences = audit.differences(before, _state(survivor))
    done.columns = {column: list(pair) for column, pair in differences.items()}
    session.add(done)
    session.flush()
    moves.follow(session, card.id, survivor.id)
    merged_copies.join(session, survivor.id)
    session.expire_all()
    into = said("merged into %(name)s", name=called(session, survivor))
    audit.record(session, viewer, audit.CHANGED, "contact", card.id, words=into)
    took = said("%(name)s was merged into this card", name=name)
    audit.record(
        session, viewer, audit.CHANGED, "contact", survivor.id, words=took, changes=_told(differences)
    )
    _tell(session, card, survivor)
    session.flush()
    session.refresh(done)
    return done


def undo(session: Session, viewer: Viewer, merge_id: int) -> Merge:
    """Take a merge back. Settled says that somebody did so already."""
    done = session.get_one(Merge, merge_id)
    # Two may want it at once: the row decides who was first.
    first = (
        update(Merge)
        .where(Merge.id == merge_id, Merge.undone_at.is_(None))
        .values(undone_at=now(), undone_by=viewer.user_id)
        .returning(Merge.id)
    )
    if session.execute(first).scalar() is None:
        session.refresh(done)
        raise Settled(_by(session, _TAKEN_BACK, done.undone_by))
    stays = _stays(session, done)
    card, survivor = session.get_one(Contact, done.card_id), session.get_one(Contact, done.survivor_id)
    card.merged_into_id, card.maybe = None, done.asked
    session.flush()
    moves.come_back(session, card.id, stays[-1].card_id)
    session.expire_all()
    divide(session, card.id, stays[-1].card_id, stays, setup(session).company.country)
    before = _state(survivor)
    _restore(session, done, survivor)
    differences = audit.differences(before, _state(survivor))
    own = said("has a card of its own again, apart from %(name)s", name=called(session, survivor))
    audit.record(session, viewer, audit.CHANGED, "contact", card.id, words=own)
    gone = said("%(name)s has a card of its own again", name=called(session, card))
    audit.record(
        session, viewer, audit.CHANGED, "contact", survivor.id, words=gone, changes=_told(differences)
    )
    _tell(session, card, survivor, session.get_one(Contact, stays[-1].card_id))
    session.flush()
    session.refresh(done)
    return done


def values_of(contact: Contact) -> Values:
    """Give what two cards may differ in: columns, and custom fields as "fields.NAME"."""
    own = {name: getattr(contact, name) for name in COLUMNS}
    return own | {f"{CUSTOM}{name}": value for name, value in contact.fields.items()}


def lacking(card: Contact, survivor: Contact) -> set[str]:
    """Give what one knows and the other does not."""
    has = values_of(survivor)
    return {name for name, value in values_of(card).items() if value and not has.get(name)}


def called(session: Session, contact: Contact) -> str:
    """Give what somebody is called in the history of a card: by name, else by how he is reached."""
    handles = handles_of(session, [contact.id])[contact.id]
    return contact.name or next((handle.value for handle in handles), "") or f"{contact.id}"


def handles_at_home(session: Session, card_id: int) -> Sequence[Handle]:
    """Give the ways to reach somebody that are on another card, because his became a part of it."""
    away = select(Move.row).where(Move.place == "handles.contact_id", Move.home_id == card_id)
    return session.scalars(select(Handle).where(Handle.id.in_(away)).order_by(Handle.id)).all()


def _both(session: Session, card_id: int, survivor_id: int) -> tuple[Contact, Contact]:
    """Lock two cards in the order of their numbers, and see that each stands for itself."""
    wanted = select(Contact).where(Contact.id.in_([card_id, survivor_id])).order_by(Contact.id)
    locked = wanted.with_for_update().execution_options(populate_existing=True)
    found = {contact.id: contact for contact in session.scalars(locked)}
    if card_id == survivor_id or len(found) < len({card_id, survivor_id}):
        raise Settled(_("These are one card already"))
    for contact in found.values():
        if contact.merged_into_id is not None:
            by = merge_of(session, contact.id)
            raise Settled(_by(session, _MERGED, by.merged_by if by else None))
    return found[card_id], found[survivor_id]


def _stays(session: Session, done: Merge) -> list[Stay]:
    """Give the cards that somebody is in by this merge: the survivor's, the one that this is in, and so on."""
    found = [Stay(done.survivor_id, done.merged_at, done.last_ids)]
    while (further := merge_of(session, found[-1].card_id)) is not None:
        found.append(Stay(further.survivor_id, further.merged_at, further.last_ids))
    return found


def _still_asked(session: Session, contact: Contact) -> list[int] | None:
    """Leave out of the question who somebody is whoever he turned out to be."""
    others = [each for each in contact.maybe or () if root(session, each) != contact.id]
    return others or None


def _restore(session: Session, done: Merge, survivor: Contact) -> None:
    """Give the survivor its columns back, but for what was changed since by a person.

    Where a later merge changed the same column, that one learns what will have been before it.
    """
    later = select(Merge).where(
        Merge.survivor_id == survivor.id, Merge.id > done.id, Merge.undone_at.is_(None)
    )
    following = session.scalars(later.order_by(Merge.id)).all()
    for column, (before, after) in done.columns.items():
        successor = next((each for each in following if column in each.columns), None)
        if successor is not None and successor.columns[column][0] == after:
            successor.columns = {**successor.columns, column: [before, successor.columns[column][1]]}
        elif successor is None and _state(survivor).get(column) == after:
            _set(survivor, column, before)
    session.flush()


def _take(survivor: Contact, theirs: Values, taken: Collection[str]) -> None:
    for column in taken:
        if column in COLUMNS or column.startswith(CUSTOM):
            _set(survivor, column, theirs.get(column))


def _state(contact: Contact) -> Values:
    """Give every column that a merge may change, as JSON can hold it."""
    return {**values_of(contact), "maybe": contact.maybe, "changed_at": contact.changed_at.isoformat()}


def _set(contact: Contact, column: str, value: object) -> None:
    if column.startswith(CUSTOM):
        others = {name: kept for name, kept in contact.fields.items() if name != column[len(CUSTOM) :]}
        contact.fields = others if value is None else {**others, column[len(CUSTOM) :]: value}
    elif column == "changed_at" and isinstance(value, str):
        contact.changed_at = datetime.fromisoformat(value)
    elif column == "name":
        contact.name = str(value or "")
    else:
        setattr(contact, column, value)


def _told(differences: Changes) -> Changes:
    """Leave out of the history what a merge changes for itself."""
    return {column: pair for column, pair in differences.items() if column not in {"maybe", "changed_at"}}


def _by(session: Session, words: str, user_id: int | None) -> str:
    user = session.get(User, user_id) if user_id else None
    return _(words, name=user.name if user else _("a program"))


def _tell(session: Session, *contacts: Contact) -> None:
    """Have everybody who sees one of the cards look again."""
    for contact in contacts:
        audience = tasks.audience_of(contact.responsible_id, contact.department_id)
        announce(session, Notice(kind="contact", id=contact.id, audience=audience))

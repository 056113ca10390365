"""Changes that people make on a card: each is kept with who made it, and can be taken back from there.

Two people may write at once. Whoever saves says what he had before his eyes (`was`); if something else stands
there by now, nothing is overwritten and both are told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy.orm import Session

from crm import contacts, moved_addresses, tags
from crm.card_history import last_change, record
from crm.contacts import MAIL, PHONE, Contact, Handle
from crm.desk import Refusal, contact_changed
from crm.parts import Part, part_for
from crm.setup import setup
from hub.audit import Entry
from hub.languages import _
from hub.users import Viewer

HANDLES, TAGS = "handles", "tags"


class Conflict(Exception):
    """Somebody else changed it meanwhile: what stands there now, as it is typed, and his entry where it is known."""

    def __init__(self, typed: str, entry: Entry | None) -> None:
        """Keep what both must be told."""
        super().__init__(typed)
        self.typed, self.entry = typed, entry


class Taken(Exception):
    """A number or an address belongs to another card."""

    def __init__(self, value: str, contact_id: int) -> None:
        """Keep whose it is."""
        super().__init__(value)
        self.value, self.contact_id = value, contact_id


def change(
    session: Session, viewer: Viewer, contact: Contact, part: Part, text: str, was: str | None
) -> Entry | None:
    """Keep what somebody typed into a part; None where nothing changed. ValueError says what is wrong."""
    current = part.value(session, contact)
    wanted = part.read(session, text.strip())
    if wanted == current:
        return None
    if was is not None and not _same(session, part, was, current):
        raise Conflict(part.typed(current), last_change(session, contact.id, part.key))
    return _put(session, viewer, contact, part, wanted)


def add_handle(session: Session, viewer: Viewer, contact: Contact, text: str) -> Entry | None:
    """Give a contact a number or an address, read as those of forms are."""
    return _set_handles(session, viewer, contact, [*_handles(session, contact), *_read(session, text)])


def correct_handle(
    session: Session, viewer: Viewer, contact: Contact, handle: Handle, text: str, was: str
) -> Entry | None:
    """Put a number or an address right; it keeps its place."""
    ((kind, value), *more), before = _read(session, text), _handles(session, contact)
    if (kind, value) == (handle.kind, handle.value) and not more:
        return None
    if (handle.kind, handle.value) not in contacts.identity(was, was, setup(session).company.country).handles:
        raise Conflict(handle.value, last_change(session, contact.id, HANDLES))
    if more or (kind, value) in before:
        wanted = [
            new for has in before for new in ([(kind, value), *more] if has[1] == handle.value else [has])
        ]
        return _set_handles(session, viewer, contact, wanted)
    _require_free(session, [(kind, value)])
    handle.kind, handle.value = kind, value
    moved_addresses.follow(session, contact.id, [value])
    return _handles_changed(session, viewer, contact, before)


def remove_handle(session: Session, viewer: Viewer, contact: Contact, handle: Handle) -> Entry | None:
    """Take a number or an address off a contact."""
    wanted = [has for has in _handles(session, contact) if has != (handle.kind, handle.value)]
    return _set_handles(session, viewer, contact, wanted)


def add_tag(session: Session, viewer: Viewer, contact: Contact, name: str) -> Entry | None:
    """Put a tag on a contact."""
    has = tags.tags_of(session, [contact.id])[contact.id]
    if len(has) >= tags.MOST:
        raise Refusal(_("A contact has at most %(most)s tags", most=tags.MOST))
    try:
        tags.add(session, [contact.id], name)
    except ValueError:
        raise Refusal(_("A tag needs a word")) from None
    return _tags_changed(session, viewer, contact, [tag.name for tag in has])


def remove_tag(session: Session, viewer: Viewer, contact: Contact, tag_id: int) -> Entry | None:
    """Take a tag off a contact."""
    has = tags.tags_of(session, [contact.id])[contact.id]
    tags.remove(session, [contact.id], tag_id)
    return _tags_changed(session, viewer, contact, [tag.name for tag in has])


def undo(session: Session, viewer: Viewer, contact: Contact, entry: Entry) -> Entry | None:
    """Take a change back, unless something else stands there by now."""
    made = None
    for key, (before, after) in entry.changes.items():
        special = _UNDOING.get(key)
        if special:
            made = special(session, viewer, contact, _texts(before), _texts(after))
        else:
            made = _put_back(session, viewer, contact, key, before, after)
    return made


def _put(session: Session, viewer: Viewer, contact: Contact, part: Part, value: object) -> Entry | None:
    before = {part.key: part.plain(session, part.value(session, contact))}
    contact_changed(session, contact)  # also to those who will not see it any more
    part.put(session, contact, value)
    session.flush()
    return record(session, viewer, contact, before, {part.key: part.plain(session, value)})


def _put_back(
    session: Session, viewer: Viewer, contact: Contact, key: str, before: object, after: object
) -> Entry | None:
    part = part_for(session, viewer, key)
    current = part.plain(session, part.value(session, contact))
    if (current or None) != (after or None):
        raise Refusal(_("%(field)s was changed again since; look at its history", field=_(part.label)))
    try:
        return _put(session, viewer, contact, part, part.restored(session, before))
    except ValueError as error:
        raise Refusal(str(error)) from None


def _same(session: Session, part: Part, was: str, current: object) -> bool:
    """Tell whether somebody saw what stands there now."""
    if was == part.typed(current):
        return True
    try:
        return part.read(session, was.strip()) == current
    except ValueError:
        return False


def _handles(session: Session, contact: Contact) -> list[tuple[str, str]]:
    return [(each.kind, each.value) for each in contacts.handles_of(session, [contact.id])[contact.id]]


def _read(session: Session, text: str) -> Sequence[tuple[str, str]]:
    """Read a number or an address; ValueError where it is neither."""
    country = setup(session).company.country
    found = contacts.identity("" if "@" in text else text, text if "@" in text else "", country).handles
    if not found:
        words = _("“%(text)s” is neither a phone number nor a mail address", text=text.strip()[:60])
        raise ValueError(words)
    return found


def _set_handles(
    session: Session, viewer: Viewer, contact: Contact, wanted: Sequence[tuple[str, str]]
) -> Entry | None:
    """Have the card reached by exactly these; one that is another's stays his."""
    has, wanted = _handles(session, contact), list(dict.fromkeys(wanted))
    new = [handle for handle in wanted if handle not in has]
    _require_free(session, new)
    for row in contacts.handles_of(session, [contact.id])[contact.id]:
        if (row.kind, row.value) not in wanted:
            session.delete(row)
    session.flush()
    contacts.add_handles(session, contact.id, new)
    moved_addresses.follow(session, contact.id, [value for _kind, value in new])
    return _handles_changed(session, viewer, contact, has)


def _require_free(session: Session, handles: Sequence[tuple[str, str]]) -> None:
    for kind, value in handles:
        owner = contacts.find(session, kind, value)
        if owner is not None:
            raise Taken(value, owner)


def _handles_changed(
    session: Session, viewer: Viewer, contact: Contact, before: Sequence[tuple[str, str]]
) -> Entry | None:
    after = [value for _kind, value in _handles(session, contact)]
    return record(session, viewer, contact, {HANDLES: [value for _kind, value in before]}, {HANDLES: after})


def _tags_changed(session: Session, viewer: Viewer, contact: Contact, before: list[str]) -> Entry | None:
    after = [tag.name for tag in tags.tags_of(session, [contact.id])[contact.id]]
    return record(session, viewer, contact, {TAGS: before}, {TAGS: after})


def _undo_handles(
    session: Session, viewer: Viewer, contact: Contact, before: list[str], after: list[str]
) -> Entry | None:
    """Take away what came and bring back what went; whatever else came meanwhile stays."""
    kept = [handle for handle in _handles(session, contact) if handle[1] in before or handle[1] not in after]
    back = [(MAIL if "@" in value else PHONE, value) for value in before]
    has = {value for _, value in kept}
    return _set_handles(session, viewer, contact, [*kept, *(each for each in back if each[1] not in has)])


def _undo_tags(
    session: Session, viewer: Viewer, contact: Contact, before: list[str], after: list[str]
) -> Entry | None:
    has = tags.tags_of(session, [contact.id])[contact.id]
    for tag in has:
        if tag.name in after and tag.name not in before:
            tags.remove(session, [contact.id], tag.id)
    for name in before:
        if name not in after:
            tags.add(session, [contact.id], name)
    return _tags_changed(session, viewer, contact, [tag.name for tag in has])


def _texts(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []


_UNDOING: Mapping[str, Callable[[Session, Viewer, Contact, list[str], list[str]], Entry | None]] = {
    HANDLES: _undo_handles,
    TAGS: _undo_tags,
}

"""What of each record can be found: its words, folded, each once.

Sentences of the machine are found by their words in every language that it speaks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.attachments import Attachment
from crm.contacts import PHONE, Contact, Handle, Organisation
from crm.conversations import Interaction
from crm.fields import CustomField, fold
from crm.folding import endings, numbers_in, words
from crm.search_index import CONTACT, INTERACTION, ORGANISATION, TASK
from crm.tags import ContactTag, Tag
from crm.tasks import Task
from hub.languages import LANGUAGES, Listener, speaking_to
from hub.said import again

LONGEST_TEXT = 20_000  # letters of a text that are indexed
MOST_WORDS = 2_000
SHORTEST_NAME = 3  # letters, below which a slip of the pen makes another word


class Document(NamedTuple):
    """A record as it is found; `name` are words in which slips of the pen are forgiven."""

    words: Sequence[str]
    name: Sequence[str] = ()


def documents(session: Session, kind: str, ids: Sequence[int]) -> dict[int, Document]:
    """Give those of these records that can be found; one that is gone or was merged is left out."""
    return dict(_READERS[kind](session, ids)) if ids else {}


def guarded(session: Session) -> frozenset[str]:
    """Give the labels, folded, of custom fields that not everybody may see: what stands in them is not found."""
    fields = session.scalars(select(CustomField)).all()
    closed = [field for field in fields if field.see or field.retired_at is not None]
    return frozenset(fold(label) for field in closed for label in (field.name, field.label, *field.aliases))


def _contacts(session: Session, ids: Sequence[int]) -> Iterator[tuple[int, Document]]:
    handles, tags, closed = _handles(session, ids), _tags(session, ids), guarded(session)
    rows = session.execute(
        select(Contact.id, Contact.name, Contact.fields, Organisation.name)
        .outerjoin(Organisation, Organisation.id == Contact.organisation_id)
        .where(Contact.id.in_(ids), Contact.merged_into_id.is_(None))
    )
    for contact_id, name, fields, firm in rows:
        own = words(name)
        marks = [*words(firm or ""), *handles.get(contact_id, ()), *tags.get(contact_id, ())]
        known = [
            *own,
            *marks,
            *_values({key: value for key, value in fields.items() if fold(key) not in closed}),
        ]
        yield contact_id, Document(_once(known), _names(own))


def _handles(session: Session, ids: Sequence[int]) -> dict[int, list[str]]:
    """Give the words of handles: of a number every ending, so that its last digits find it."""
    found: dict[int, list[str]] = {}
    rows = session.execute(
        select(Handle.contact_id, Handle.kind, Handle.value).where(Handle.contact_id.in_(ids))
    )
    for contact_id, kind, value in rows:
        parts = words(value)
        more = [ending for part in parts if part.isdigit() for ending in endings(part)]
        found.setdefault(contact_id, []).extend([*parts, *(more if kind == PHONE else ())])
    return found


def _tags(session: Session, ids: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    rows = session.execute(
        select(ContactTag.contact_id, Tag.name)
        .join(Tag, Tag.id == ContactTag.tag_id)
        .where(ContactTag.contact_id.in_(ids), Tag.retired_at.is_(None), Tag.joined_into_id.is_(None))
    )
    for contact_id, name in rows:
        found.setdefault(contact_id, []).extend(words(name))
    return found


def _values(fields: Mapping[str, object]) -> Iterator[str]:
    """Give the words of custom fields: what they hold, not what they are called."""
    for field in fields.values():
        value = field.get("value") if isinstance(field, dict) else field
        if value is not None and not isinstance(value, bool):
            text = str(value)[:LONGEST_TEXT]
            yield from [*words(text), *numbers_in(text)]


def _organisations(session: Session, ids: Sequence[int]) -> Iterator[tuple[int, Document]]:
    for firm_id, name in session.execute(
        select(Organisation.id, Organisation.name).where(Organisation.id.in_(ids))
    ):
        own = _once(words(name))
        yield firm_id, Document(own, _names(own))


def _interactions(session: Session, ids: Sequence[int]) -> Iterator[tuple[int, Document]]:
    files: dict[int, list[str]] = {}
    closed = guarded(session)
    for number, name in session.execute(
        select(Attachment.interaction_id, Attachment.name).where(Attachment.interaction_id.in_(ids))
    ):
        files.setdefault(number, []).append(name)
    rows = session.execute(
        select(Interaction.id, Interaction.summary, Interaction.text, Interaction.fields)
        .where(Interaction.id.in_(ids))
    )  # fmt: skip
    for number, summary, text, answers in rows:
        told = [each["value"] for each in answers if fold(each["label"]) not in closed]
        yield number, _written(summary, text, *told, *files.get(number, ()))


def _tasks(session: Session, ids: Sequence[int]) -> Iterator[tuple[int, Document]]:
    for task_id, title, why in session.execute(select(Task.id, Task.title, Task.why).where(Task.id.in_(ids))):
        yield task_id, _written(*_told(title), *_told(why))


def _written(*texts: str) -> Document:
    short = [text[:LONGEST_TEXT] for text in texts]
    return Document(_once(word for text in short for word in [*words(text), *numbers_in(text)]))


def _told(text: str) -> Iterator[str]:
    """Tell a sentence of the machine in every language; what a person wrote is as he wrote it."""
    for language in LANGUAGES:
        with speaking_to(Listener(language)):
            yield again(text)


def _names(several: Iterable[str]) -> list[str]:
    return [word for word in several if len(word) >= SHORTEST_NAME and not word.isdigit()]


def _once(several: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(several))[:MOST_WORDS]


_READERS: Mapping[str, Callable[[Session, Sequence[int]], Iterator[tuple[int, Document]]]] = {
    CONTACT: _contacts,
    ORGANISATION: _organisations,
    TASK: _tasks,
    INTERACTION: _interactions,
}

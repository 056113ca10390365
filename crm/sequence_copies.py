"""The letters of a sequence for a lot of its people: which they got, and which wait for them from now on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import sequence_letters, sequence_sent
from crm.campaigns import Campaign
from crm.deliveries import Delivery
from crm.sequences import LetterSequence, SequencePerson
from hub.many_rows import put_many_unless_there


class Copies:
    """What some people of a sequence got of it; what is sent meanwhile is written all at once."""

    def __init__(self, session: Session, sequence: LetterSequence, people: Sequence[SequencePerson]) -> None:
        """Read what they got."""
        self._session = session
        own = select(Campaign).where(Campaign.sequence_id == sequence.id)
        self._letters = {each.id: each for each in session.scalars(own)} if people else {}
        there = select(
            Delivery.id,
            Delivery.campaign_id,
            Delivery.address,
            Delivery.opened_at,
            Delivery.clicked_at,
            Delivery.state,
            Delivery.sent_at,
            Delivery.bounced_at,
        ).where(
            Delivery.address.in_([each.address for each in people]), Delivery.campaign_id.in_(self._letters)
        )
        rows = session.execute(there).all() if self._letters else ()
        self._ids = {(campaign_id, address): its_id for its_id, campaign_id, address, *_seen in rows}
        self._fates = {its_id: (opened is not None, clicked is not None)
                       for its_id, _campaign, _address, opened, clicked, *_left in rows}  # fmt: skip
        self._left = {
            its_id: sequence_sent.left_at(state, sent, bounced)
            for its_id, _campaign, _address, _opened, _clicked, state, sent, bounced in rows
        }
        self._new: dict[tuple[int, str], SequencePerson] = {}

    def knows(self, campaign_id: int) -> bool:
        """Tell whether a letter is of this sequence."""
        return campaign_id in self._letters

    def send(self, campaign_id: int, person: SequencePerson) -> None:
        """Have a copy leave for somebody; whoever got one of it already gets no second."""
        key = (campaign_id, person.address)
        if key not in self._ids:
            self._new[key] = person

    def fate(self, copy_id: object) -> Mapping[str, bool]:
        """Tell what a condition may ask of a letter; of one that has still to leave nothing is known."""
        opened, clicked = (
            self._fates.get(copy_id, (False, False)) if isinstance(copy_id, int) else (False, False)
        )
        return {"letter_opened": opened, "letter_clicked": clicked}

    def left_at(self, copy_id: object) -> datetime | None:
        """Tell since when a copy is gone, None where it has still to leave, or to be written."""
        return self._left.get(copy_id) if isinstance(copy_id, int) else None

    def id_of(self, campaign_id: int, address: str) -> int | None:
        """Give the copy of a letter for somebody, None before it was written."""
        return self._ids.get((campaign_id, address))

    def write(self) -> None:
        """Write down what was sent, and have it leave."""
        rows = [sequence_letters.waiting(person, campaign_id)
                for (campaign_id, _address), person in self._new.items()]  # fmt: skip
        made = put_many_unless_there(self._session, Delivery, rows, "id", "campaign_id", "address")
        self._ids |= {(campaign_id, address): its_id for its_id, campaign_id, address in made}
        for campaign_id in sorted({campaign_id for campaign_id, _address in self._new}):
            sequence_letters.wake(self._session, self._letters[campaign_id])

"""Taking a merge back, with all that follows from there being two again."""

from __future__ import annotations

from sqlalchemy.orm import Session

from crm import lookout, merging, sequence_exits
from crm.contacts import root
from crm.merges import Merge
from hub.users import Viewer


def part(session: Session, viewer: Viewer, merge_id: int) -> Merge:
    """Take a merge back, see whom the two may be now, and have each go on in the sequences that he is in."""
    done = merging.undo(session, viewer, merge_id)
    lookout.look_again(session, {done.card_id, done.survivor_id})
    sequence_exits.parted(session, {done.card_id, root(session, done.survivor_id)})
    return done

"""Taking a merge back, with all that follows from there being two again."""

from __future__ import annotations

from sqlalchemy.orm import Session

from crm import lookout, merged_copies, merging, sequence_exits
from crm.contacts import root
from crm.merges import Merge
from hub.users import Viewer


def part(session: Session, viewer: Viewer, merge_id: int) -> Merge:
    """Take a merge back, see whom the two may be now, and have each get again what goes to many."""
    done = merging.undo(session, viewer, merge_id)
    lookout.look_again(session, {done.card_id, done.survivor_id})
    two = {done.card_id, root(session, done.survivor_id)}
    sequence_exits.parted(session, two)
    merged_copies.part(session, two)
    return done

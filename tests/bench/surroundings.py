"""What surrounds a piece of work in the hub, for what is measured without the whole of one."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from hub.serve import NEW_OBJECTS, TURN


@contextmanager
def as_in_the_hub() -> Iterator[None]:
    """Have what was made before not be looked through for garbage, as hub.serve.settle does."""
    turn, objects = sys.getswitchinterval(), gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS)
    sys.setswitchinterval(TURN)
    try:
        yield
    finally:
        sys.setswitchinterval(turn)
        gc.set_threshold(*objects)
        gc.unfreeze()

"""Senders of forms and orders, a file for each, in the order in which they are asked whether a post is theirs.

The surest come first: who has headers of his own, then who is known by the shape of what he says. The last one knows
everything.
"""

from collections.abc import Sequence

from connectors.forms.sender import Sender
from connectors.forms.senders.generic import GENERIC

ALL: Sequence[Sender] = (GENERIC,)

"""Senders of forms and orders, a file for each, in the order in which they are asked whether a post is theirs.

The surest come first: who has headers of his own, then who is known by the shape of what he says. The last one knows
everything.
"""

from collections.abc import Sequence

from connectors.forms.sender import Sender
from connectors.forms.senders.contact_form_7 import ContactForm7
from connectors.forms.senders.elementor import Elementor
from connectors.forms.senders.generic import GENERIC
from connectors.forms.senders.gravity import Gravity
from connectors.forms.senders.standard_webhooks import StandardWebhooks
from connectors.forms.senders.tilda import Tilda
from connectors.forms.senders.wpforms import WPForms

ALL: Sequence[Sender] = (
    StandardWebhooks(),
    WPForms(),
    ContactForm7(),
    Elementor(),
    Gravity(),
    Tilda(),
    GENERIC,
)

"""Senders of forms and orders, a file for each, in the order in which they are asked whether a post is theirs.

The surest come first: who has headers of his own, then who is known by the shape of what he says. The last one knows
everything.
"""

from collections.abc import Sequence

from connectors.forms.sender import Sender
from connectors.forms.senders.bitrix import Bitrix
from connectors.forms.senders.bitrix24 import Bitrix24
from connectors.forms.senders.bitrix_lead import BitrixLead
from connectors.forms.senders.commerceml import CommerceML
from connectors.forms.senders.drupal import Drupal
from connectors.forms.senders.generic import GENERIC
from connectors.forms.senders.google_forms import GoogleForms
from connectors.forms.senders.hubspot import HubSpot
from connectors.forms.senders.joomla import Joomla
from connectors.forms.senders.typeform import Typeform
from connectors.forms.senders.webflow import Webflow
from connectors.forms.senders.wix import Wix
from connectors.forms.senders.wix_automations import WixAutomations

ALL: Sequence[Sender] = (
    CommerceML(),
    Typeform(),
    Webflow(),
    GoogleForms(),
    Wix(),
    WixAutomations(),
    HubSpot(),
    Bitrix24(),
    BitrixLead(),
    Bitrix(),
    Joomla(),
    Drupal(),
    GENERIC,
)

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
from connectors.forms.senders.contact_form_7 import ContactForm7
from connectors.forms.senders.drupal import Drupal
from connectors.forms.senders.elementor import Elementor
from connectors.forms.senders.generic import GENERIC
from connectors.forms.senders.google_forms import GoogleForms
from connectors.forms.senders.gravity import Gravity
from connectors.forms.senders.hubspot import HubSpot
from connectors.forms.senders.joomla import Joomla
from connectors.forms.senders.shopify import Shopify
from connectors.forms.senders.standard_webhooks import StandardWebhooks
from connectors.forms.senders.tilda import Tilda
from connectors.forms.senders.typeform import Typeform
from connectors.forms.senders.webflow import Webflow
from connectors.forms.senders.wix import Wix
from connectors.forms.senders.wix_automations import WixAutomations
from connectors.forms.senders.woocommerce import WooCommerce
from connectors.forms.senders.wordpress import WordPress
from connectors.forms.senders.wpforms import WPForms

WOOCOMMERCE, SHOPIFY = WooCommerce(), Shopify()
ALL: Sequence[Sender] = (
    WOOCOMMERCE,
    SHOPIFY,
    WordPress(),
    StandardWebhooks(),
    CommerceML(),
    Typeform(),
    Webflow(),
    GoogleForms(),
    WPForms(),
    Wix(),
    ContactForm7(),
    WixAutomations(),
    HubSpot(),
    Bitrix24(),
    BitrixLead(),
    Bitrix(),
    Joomla(),
    Elementor(),
    Drupal(),
    Gravity(),
    Tilda(),
    GENERIC,
)
SEVERAL = tuple(sender for sender in ALL if sender.several)
SPEAKING = tuple(sender for sender in ALL if sender.speaks())

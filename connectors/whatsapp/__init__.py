"""WhatsApp, by Meta's Cloud API."""

from connectors.whatsapp.connector import WhatsApp
from connectors.whatsapp.settings import WhatsAppSettings

__all__ = ["WhatsApp", "WhatsAppSettings"]

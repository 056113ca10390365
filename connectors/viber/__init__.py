"""Viber: a bot's chats, by web hook and its REST API."""

from connectors.viber.connector import Viber
from connectors.viber.settings import ViberSettings

__all__ = ["Viber", "ViberSettings"]

"""Telegram: what people write to a bot becomes messages of a chat, and what we say leaves by the bot."""

from connectors.telegram.connector import Telegram
from connectors.telegram.settings import TelegramSettings

__all__ = ["Telegram", "TelegramSettings"]

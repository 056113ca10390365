"""Our own web chat: a widget in the company's pages, and a page of its own."""

from connectors.webchat import web
from connectors.webchat.connector import WebChat
from connectors.webchat.settings import ChatSettings

__all__ = ["ChatSettings", "WebChat", "web"]

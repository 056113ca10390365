"""Asterisk over AMI: events become calls, clicks become calls too."""

from connectors.asterisk.connector import Asterisk

__all__ = ["Asterisk"]

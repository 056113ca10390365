"""Calls that a PBX tells of by web hook: whichever speaks Zammad's generic CTI, or Bitrix24's external calls."""

from connectors.telephony_feed.connector import TelephonyFeed
from connectors.telephony_feed.settings import FeedSettings

__all__ = ["FeedSettings", "TelephonyFeed"]

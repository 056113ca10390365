"""The demonstration: a window company in Gothenburg with people, months of history, and traffic that goes on.

Nothing here writes a card or a task by itself. Requests go into the journal as raw bytes and come out by the
reader and by intake; colleagues work by the same verbs as the console's buttons. All people, numbers and
addresses are invented: the numbers are from the ranges that Sweden keeps for films, mail is at .example.
"""

from __future__ import annotations

from crm.demo.chats import add_chats, talk_through, written
from crm.demo.history import live_through, plan, zone
from crm.demo.people import PASSWORD, STAFF, add_service_form, is_here
from crm.demo.requests import Request
from crm.demo.traffic import Traffic, crowded, work

__all__ = [
    "PASSWORD",
    "STAFF",
    "Request",
    "Traffic",
    "add_chats",
    "add_service_form",
    "crowded",
    "is_here",
    "live_through",
    "plan",
    "talk_through",
    "work",
    "written",
    "zone",
]

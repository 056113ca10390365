"""Every page and endpoint of the business: a module declares its own as it is loaded, and this one loads all."""

from __future__ import annotations

from pathlib import Path

from crm.web import (
    absences,
    alarms,
    api_contacts,
    api_deadlines,
    api_forms,
    api_interactions,
    api_merges,
    api_search,
    api_tasks,
    audit_kinds,
    calendars,
    card,
    card_edits,
    card_presence,
    card_relations,
    card_tags,
    colleagues,
    company_page,
    contacts,
    deadlines,
    departments,
    duplicate_pair,
    duplicates,
    fields,
    files,
    finding,
    handover,
    many,
    new_task,
    person,
    policies,
    relation_kinds,
    saved_searches,
    search,
    suggestions,
    tags,
    task_list,
    tasks,
    today,
    views,
)

PAGES = (
    today,
    task_list,
    new_task,
    finding,
    tasks,
    deadlines,
    alarms,
    contacts,
    duplicates,
    duplicate_pair,
    views,
    many,
    card,
    files,
    policies,
    calendars,
    company_page,
    colleagues,
    person,
    absences,
    handover,
    departments,
    search,
    saved_searches,
)
CARD = (card_edits, card_presence, card_relations, card_tags, suggestions, fields, tags, relation_kinds)
AUDITED = (audit_kinds,)
ENDPOINTS = (api_contacts, api_merges, api_search, api_interactions, api_tasks, api_deadlines, api_forms)
TEMPLATES = Path(__file__).parent / "templates"

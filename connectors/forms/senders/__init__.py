"""Senders of forms and orders, a file for each."""

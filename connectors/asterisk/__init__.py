"""Asterisk over AMI: events become calls, clicks become calls too."""

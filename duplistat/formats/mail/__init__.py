"""Mails of backup tools: what is in one, and the rules that say what it means. Pure."""

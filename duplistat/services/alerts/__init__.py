"""Alerts: from changes of health to messages, and all that people set about them."""

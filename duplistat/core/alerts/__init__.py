"""Alerts: what is wrong, who hears of it when, and in which words. Pure."""

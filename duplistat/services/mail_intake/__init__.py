"""Mails as reports: the addresses that take them in, the rules for what they mean, and taking one in."""

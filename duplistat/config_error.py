"""What is wrong with the configuration. A command that reads none catches it without loading what checks it."""


class ConfigError(Exception):
    """A wrong key or value, in one line."""

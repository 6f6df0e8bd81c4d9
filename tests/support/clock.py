"""A clock that stands still until a test moves it."""

from datetime import UTC, datetime


def ms(text: str) -> int:
    """Milliseconds since 1970 of an ISO 8601 time with an offset."""
    return round(datetime.fromisoformat(text).timestamp() * 1000)


class Clock:
    """Called, it says what time it is (ms since 1970)."""

    def __init__(self, text: str) -> None:
        self.at = ms(text)

    def __call__(self) -> int:
        return self.at

    @property
    def text(self) -> str:
        """The time as reports say it, ISO 8601 with Z, in whole seconds."""
        return datetime.fromtimestamp(self.at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def set(self, text: str) -> None:
        self.at = ms(text)

    def forward(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> None:
        self.at += round((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000)

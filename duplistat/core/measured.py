"""What a backup run says of how much there is, and when its zero is a number: one rule for whoever shows or sums it."""

from duplistat.core.status import Status


def is_whole(status: Status, partial: bool) -> bool:
    """Whether a backup run came to its end, so that it looked at everything."""
    return status in (Status.SUCCESS, Status.WARNING) and not partial


def measured(value: int | None, *, whole: bool) -> int | None:
    """How much there is by the word of one run; None when it does not say.

    The counters of a run begin at zero. Where it did not come to its end, a zero is what it never got to: it
    says nothing, and takes the place of nothing that was known before. A whole run that tells zero means it.
    """
    return value if value or whole else None

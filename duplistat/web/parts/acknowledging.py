"""For how long a person can say that they know of a problem."""

from duplistat.web.language import gettext as _


def hours() -> list[tuple[int, str]]:
    """(hours, their words) that a person can choose from."""
    return [(4, _("4 hours")), (24, _("1 day")), (72, _("3 days")), (168, _("1 week"))]

"""How many jobs are how, in words: the same on pages, in digests and in their mails."""

from duplistat.core import formatting
from duplistat.core.i18n import Say
from duplistat.core.status import UNSCHEDULED, Health

# In the order in which they are counted. What runs is counted as fine, too.
COUNTED: tuple[str, ...] = (
    Health.OVERDUE,
    Health.FAILED,
    Health.STUCK,
    Health.WARNING,
    UNSCHEDULED,
    Health.NEVER,
    Health.PAUSED,
    Health.OK,
    Health.RUNNING,
)


def counted(state: str, number: int, say: Say) -> str:
    """4 warnings, of a state in COUNTED."""
    texts: dict[str, str] = {
        Health.OVERDUE: say.gettext("{number} overdue"),
        Health.FAILED: say.gettext("{number} failed"),
        Health.STUCK: say.ngettext("{number} stalled", "{number} stalled", number),
        Health.WARNING: say.ngettext("{number} warning", "{number} warnings", number),
        UNSCHEDULED: say.gettext("{number} silent without schedule"),
        Health.NEVER: say.gettext("{number} never backed up"),
        Health.PAUSED: say.gettext("{number} paused"),
        Health.OK: say.gettext("{number} OK"),
        Health.RUNNING: say.ngettext("{number} running now", "{number} running now", number),
    }
    return texts[state].format(number=formatting.count(number, say))

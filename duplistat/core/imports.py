"""The programs whose history can be imported: by their names in commands and tables, as people write them."""

from collections.abc import Mapping

DUPLISTATUS, HEALTHCHECKS, UPTIME_KUMA = "duplistatus", "healthchecks", "uptime-kuma"
PROGRAMS: Mapping[str, str] = {
    DUPLISTATUS: "duplistatus",
    HEALTHCHECKS: "Healthchecks",
    UPTIME_KUMA: "Uptime Kuma",
}

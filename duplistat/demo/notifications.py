"""What happened on devices of the demo over the last weeks, besides backups: oldest first."""

from dataclasses import dataclass
from datetime import timedelta

from duplistat.core.event import Severity


@dataclass(frozen=True, slots=True)
class Told:
    """A notification, sent so long `before` now. `job` is one of that device; "" for none."""

    before: timedelta
    device: str
    sender: str
    severity: Severity
    type: str
    message: str
    job: str = ""


_FAILED_UNIT = """\
nginx.service: Main process exited, code=exited, status=1/FAILURE
nginx.service: Failed with result 'exit-code'.

Last lines of its journal:
  nginx[88213]: [emerg] cannot load certificate "/etc/letsencrypt/live/shop.example.com/fullchain.pem"
  nginx[88213]: [emerg] BIO_new_file() failed (SSL: error:80000002:system library::No such file or directory)
  nginx[88213]: configuration file /etc/nginx/nginx.conf test failed
  systemd[1]: nginx.service: Scheduled restart job, restart counter is at 5.
  systemd[1]: nginx.service: Start request repeated too quickly.
  systemd[1]: Failed to start nginx.service - A high performance web server and a reverse proxy server."""
_SMART = """\
Device: /dev/sdc [SAT], 8 Currently unreadable (pending) sectors
Device: /dev/sdc [SAT], 3 Offline uncorrectable sectors
The pool is degraded, and goes on with one disk less."""

INFO, WARNING, ERROR, CRITICAL = Severity.INFO, Severity.WARNING, Severity.ERROR, Severity.CRITICAL


def _told(
    days: float, device: str, sender: str, severity: Severity, type: str, message: str, job: str = ""
) -> Told:
    return Told(timedelta(days=days), device, sender, severity, type, message, job)


# web-prod-1 runs Duplicati too: another sender makes another device of the same name.
NOTIFICATIONS = (
    _told(27.3, "web-02", "ops-scripts", INFO, "ssl_renewed", "Certificate of wiki.example.com renewed for 90 days."),
    _told(24.1, "rack-ups", "nut", INFO, "ups_selftest", "Self-test passed. Battery at 100%."),
    _told(21.6, "pg-main", "pg_dump.sh", WARNING, "disk_space_low",
          "Drive /var/backups has only 15% free space remaining.", "postgres dump"),
    _told(19.2, "web-prod-1", "disk-monitor", WARNING, "disk_space_low",
          "Drive / has only 12% free space remaining."),
    _told(17.4, "web-02", "ops-scripts", INFO, "service_restart", "php8.3-fpm was restarted after an upgrade."),
    _told(14.08, "rack-ups", "nut", WARNING, "ups_on_battery", "On battery. About 22 min remain."),
    _told(14.07, "rack-ups", "nut", CRITICAL, "ups_battery_low",
          "Battery at 18%, about 4 min remain. Servers are told to shut down."),
    _told(14.05, "rack-ups", "nut", INFO, "ups_on_line", "Line power is back. Battery at 16%, charging."),
    _told(12.9, "pg-main", "pg_dump.sh", ERROR, "disk_space_low",
          "Drive /var/backups has only 4% free space remaining.", "postgres dump"),
    _told(12.7, "pg-main", "pg_dump.sh", INFO, "disk_space_ok",
          "Drive /var/backups has 41% free space again.", "postgres dump"),
    _told(9.5, "web-02", "ops-scripts", WARNING, "ssl_expiry", "Certificate of shop.example.com ends in 14 days."),
    _told(7.3, "zfs-vault", "smartd", CRITICAL, "disk_failing", _SMART),
    _told(6.8, "zfs-vault", "smartd", INFO, "resilver_done", "Resilvered 3.12 TB in 9 h 40 min with 0 errors."),
    _told(4.2, "web-02", "ops-scripts", ERROR, "ssl_expiry",
          "Certificate of shop.example.com ends in 9 days, and renewing it failed: timeout during connect"
          " (likely firewall problem)."),
    _told(3.4, "web-02", "ops-scripts", ERROR, "service_failed", _FAILED_UNIT),
    _told(3.38, "web-02", "ops-scripts", INFO, "service_restart", "nginx was started by hand."),
    _told(2.6, "rack-ups", "nut", WARNING, "ups_on_battery", "On battery. About 24 min remain."),
    _told(2.59, "rack-ups", "nut", INFO, "ups_on_line", "Line power is back. Battery at 91%, charging."),
    _told(1.2, "pg-main", "pg_dump.sh", INFO, "service_restart", "postgresql was restarted after an upgrade to 17.3."),
    _told(0.9, "web-02", "ops-scripts", INFO, "ssl_renewed", "Certificate of shop.example.com renewed for 90 days."),
    _told(0.3, "web-prod-1", "disk-monitor", WARNING, "disk_space_low",
          "Drive / has only 11% free space remaining."),
    _told(0.1, "web-02", "ops-scripts", INFO, "snapshot_pruned", "7 old snapshots deleted, 64.1 GB freed.",
          "rsync /srv"),
)  # fmt: skip

"""What is known of a machine, as a person reads it: the keys of core.report.FACTS."""

from duplistat.web.language import gettext as _


def fact_labels() -> dict[str, str]:
    """{key: label}, in the order in which they are shown."""
    return {
        "operating_system": _("OS"),
        "operating_system_detailed": _("OS version"),
        "agent_version": _("Client version"),
        "installation_type": _("Package"),
        "update_channel": _("Update channel"),
        "destination_type": _("Destination"),
        "destination_host_suffix": _("Destination host"),
    }

"""The addresses of a server: its page, and what can be changed there."""

from flask import Blueprint

from duplistat.web import server, server_agent, server_apart, server_edit, server_list, server_merge
from duplistat.web.present import ID

_ADDRESS = f"/servers/{ID}"


def add_to(bp: Blueprint) -> None:
    bp.add_url_rule("/servers", "servers", server_list.server_list)
    bp.add_url_rule(_ADDRESS, "server", server.server)
    bp.add_url_rule(f"{_ADDRESS}/edit", "server_edit", server_edit.edit)
    bp.add_url_rule(f"{_ADDRESS}/merge", "server_merge", server_merge.merge, methods=["GET", "POST"])
    for name, view in (
        ("save", server_edit.save),
        ("archive", server_edit.archive),
        ("bring-back", server_edit.bring_back),
        ("export", server_edit.export),
        ("delete", server_edit.delete),
        ("unmerge", server_merge.unmerge),
        ("keep-apart", server_apart.keep_apart),
        ("collect", server_agent.collect),
        ("start", server_agent.start),
    ):
        endpoint = f"server_{name.replace('-', '_')}"
        bp.add_url_rule(f"{_ADDRESS}/{name}", endpoint, view, methods=["POST"])

"""The addresses of a server: its page, and what can be changed there."""

from flask import Blueprint

from duplistat.web.formatting import ID
from duplistat.web.server import agent as server_agent
from duplistat.web.server import apart
from duplistat.web.server import edit as server_edit
from duplistat.web.server import list as server_list
from duplistat.web.server import merge as server_merge
from duplistat.web.server import page as server_page

_ADDRESS = f"/servers/{ID}"


def add_to(bp: Blueprint) -> None:
    bp.add_url_rule("/servers", "servers", server_list.server_list)
    bp.add_url_rule(_ADDRESS, "server", server_page.server)
    bp.add_url_rule(f"{_ADDRESS}/edit", "server_edit", server_edit.edit)
    bp.add_url_rule(f"{_ADDRESS}/merge", "server_merge", server_merge.merge, methods=["GET", "POST"])
    for name, view in (
        ("save", server_edit.save),
        ("archive", server_edit.archive),
        ("bring-back", server_edit.bring_back),
        ("export", server_edit.export),
        ("delete", server_edit.delete),
        ("unmerge", server_merge.unmerge),
        ("keep-apart", apart.keep_apart),
        ("collect", server_agent.collect),
        ("start", server_agent.start),
    ):
        endpoint = f"server_{name.replace('-', '_')}"
        bp.add_url_rule(f"{_ADDRESS}/{name}", endpoint, view, methods=["POST"])

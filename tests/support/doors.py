"""Every door of the pages: their rules, an address of each, and all that is behind them."""

import re
from collections.abc import Iterator

from werkzeug.routing import Rule

from duplistat.store.database import Database
from tests.support.site import Site


def doors(site: Site, method: str) -> Iterator[tuple[Rule, str]]:
    """Each rule of the pages that answers a method, with an address of it."""
    for rule in site.app.url_map.iter_rules():
        if rule.endpoint.startswith("web.") and method in (rule.methods or ()):
            # Of several words the first one.
            path = re.sub(r"<any\((\w+)[^>]*>", r"\1", rule.rule)
            yield rule, re.sub(r"<[^>]*>", "1", path)


def contents(db: Database) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    if db.on_sqlite:
        names = db.rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    else:
        names = db.rows(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1"
        )
    return {name: sorted(db.rows(f'SELECT * FROM "{name}"'), key=repr) for (name,) in names}

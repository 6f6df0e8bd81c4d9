"""Accounts by their names, which are taken once below each account, and may be again elsewhere."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from duplistat.core.errors import DuplistatError, Kind
from duplistat.core.text import clean
from duplistat.store import accounts as store
from duplistat.store.accounts import Account
from duplistat.store.database import Database

_NUMBERED = re.compile(r"(.*) #(\d+)", re.S)


def find(accounts: Sequence[Account], wanted: str) -> Account:
    """The account that is meant by a name, by a name with its number ("acme #5"), or by a path ("acme/shop").

    Raises DuplistatError: not_found; invalid when there are several, which it lists.
    """
    wanted = clean(wanted)
    numbered = _NUMBERED.fullmatch(wanted)
    if numbered:
        name, number = numbered[1], numbered[2]
        exact = next((each for each in accounts if each.name == name and str(each.id) == number), None)
        if exact is not None:
            return exact
    names = {each.id: each.name for each in accounts}
    found = [each for each in accounts if each.name == wanted] or _by_path(accounts, names, wanted)
    if not found:
        raise DuplistatError(Kind.NOT_FOUND, f"there is no account named {wanted!r}")
    if len(found) > 1:
        listed = ", ".join(f"'{each.name} #{each.id}' ({_path(names, each)})" for each in found)
        raise DuplistatError(
            Kind.INVALID, f"several accounts are named {wanted!r}, name one of them: {listed}"
        )
    return found[0]


def named(db: Database, wanted: str) -> Account:
    """The same among all accounts. Raises DuplistatError."""
    return find(store.all_accounts(db), wanted)


def labels(names: dict[int, str]) -> dict[int, str]:
    """{id: name}, with their numbers behind names that several of them have."""
    many = Counter(names.values())
    return {id: f"{name} #{id}" if many[name] > 1 else name for id, name in names.items()}


def _by_path(accounts: Sequence[Account], names: Mapping[int, str], wanted: str) -> list[Account]:
    """Those whose path ends so, with or without blanks around its slashes."""
    if "/" not in wanted:
        return []
    end = "/" + _plain(wanted)
    return [each for each in accounts if ("/" + _plain(_path(names, each))).endswith(end)]


def _plain(path: str) -> str:
    return "/".join(name.strip() for name in path.strip("/").split("/"))


def _path(names: Mapping[int, str], account: Account) -> str:
    """The names of an account and of those above it, as far as they are known."""
    return " / ".join(names[id] for id in account.lineage if id in names)

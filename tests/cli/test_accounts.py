"""`duplistat account`, where several accounts have a name."""

from duplistat.store.accounts import all_accounts
from tests.cli.conftest import Run
from tests.support.site import Site


def test_of_several_accounts_of_a_name_one_is_named(site: Site, run: Run) -> None:
    for parent in ("acme", "globex"):
        site.account(parent, parent="main")
        assert run("account", "create", "--name", "shop", "--parent", parent).exit_code == 0
    refused = run("account", "suspend", "--name", "shop")
    assert (refused.exit_code, refused.stderr) == (
        1,
        "duplistat: several accounts are named 'shop', name one of them:"
        " 'shop #3' (main / acme / shop), 'shop #5' (main / globex / shop)\n",
    )
    assert run("account", "suspend", "--name", "acme/shop").exit_code == 0
    assert run("account", "set", "--name", "shop #5", "--timezone", "Europe/Oslo").exit_code == 0
    assert run("key", "create", "--name", "k", "--scope", "read", "--account", "globex/shop").exit_code == 0
    assert run("account", "move", "--name", "shop #5", "--parent", "acme").stderr == (
        "duplistat: there is an account named 'shop' already\n"
    )
    states = {
        account.id: (account.suspended_at is not None, account.timezone) for account in all_accounts(site.db)
    }
    assert (states[3], states[5]) == ((True, ""), (False, "Europe/Oslo"))

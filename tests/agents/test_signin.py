"""Both of Duplicati's ways to sign in, told apart by what the server answers."""

import pytest

from duplistat.agents.duplicati import Address
from tests.agents.conftest import Serve, call, failure
from tests.support.duplicati_server import MACHINE_ID, DuplicatiServer


def test_who_has_the_password_may_ask(server: DuplicatiServer) -> None:
    with call(server) as agent:
        assert agent.system().machine_id == MACHINE_ID


@pytest.mark.parametrize("old", [False, True], ids=["2.2", "2.0"])
@pytest.mark.parametrize("password", ["s3cret", "pässwörd ∑", "a&b=c d+e%"])
def test_any_password_gets_through_as_it_is(serve: Serve, old: bool, password: str) -> None:
    with call(serve(old=old, password=password), password=password) as agent:
        assert agent.system().machine_name == "nas"


def test_a_wrong_password_is_told_as_such(server: DuplicatiServer) -> None:
    error = failure(server, password="wrong")
    assert (error.kind, error.reason) == ("password", "it does not accept the password")


def test_a_password_that_is_missing_is_told_as_such(server: DuplicatiServer) -> None:
    error = failure(server, password="")
    assert (error.kind, error.reason) == ("password", "it asks for a password, and none is set here")


@pytest.mark.parametrize("old", [False, True], ids=["2.2", "2.0"])
@pytest.mark.parametrize("password", ["", "not asked for"])
def test_where_no_password_is_needed_none_is_sent(serve: Serve, old: bool, password: str) -> None:
    server = serve(old=old)
    with call(server, password=password) as agent:
        assert agent.system().machine_name == "nas"
    assert not [path for _, path, _ in server.seen if "login" in path]


def test_before_2_1_the_password_itself_is_never_sent(serve: Serve) -> None:
    server = serve(old=True, password="s3cret")
    call(server).close()
    assert [path for method, path, _ in server.seen if method == "POST"] == ["/login.cgi", "/login.cgi"]
    assert not [path for _, path, _ in server.seen if "auth/login" in path]


def test_a_sign_in_that_has_ended_is_made_again(server: DuplicatiServer) -> None:
    with call(server) as agent:
        assert agent.system().machine_name == "nas"
        server.sessions.clear()
        assert agent.system().machine_name == "nas"


def test_a_token_against_forgery_that_has_ended_is_fetched_again(serve: Serve) -> None:
    server = serve(old=True, password="s3cret")
    with call(server) as agent:
        server.xsrf = "bmV3IG9uZQ=="
        assert agent.system().machine_name == "nas"


def test_a_password_that_was_changed_meanwhile_is_told(server: DuplicatiServer) -> None:
    with call(server) as agent:
        server.sessions.clear()
        server.password = "another"
        before = len(server.seen)
        with pytest.raises(Exception, match="does not accept the password"):
            agent.system()
        assert len(server.seen) - before < 10


def test_the_password_is_in_no_text_of_an_address() -> None:
    assert "s3cret" not in repr(Address("nas", 8200, "s3cret"))


def test_what_is_no_duplicati_is_told_as_such(serve: Serve) -> None:
    server = serve(password="s3cret")
    server.fault, server.fault_at = "not json", ""
    error = failure(server)
    assert (error.kind, error.reason) == ("protocol", "it answered something that is no JSON")

"""Calls about contacts: people of a child account, who see the services that are assigned to it."""

from flask import request

from duplistat.apis.backuprun.account_calls import changes_of, email_of, password_of, phones
from duplistat.apis.backuprun.calls import Call
from duplistat.apis.backuprun.params import CallError, Params
from duplistat.apis.backuprun.xml import Element
from duplistat.http import sign_in_limits
from duplistat.http.context import Context
from duplistat.http.session_cookie import signature_of
from duplistat.services.people import passwords, users
from duplistat.services.people.identity import CurrentUser, Role
from duplistat.services.people.users import UserChanges

# 4 is a sub-user; 1 and 2 are what clients sent before there was nothing else.
ROLES = (1, 2, 4)
MOST_ID = 2**63 - 1


def add_contact(ctx: Context, signed: CurrentUser, params: Params) -> list[Element]:
    """A child account with its contact; the contact's id."""
    email, name = email_of(params), params.text("name", required=True)
    password = password_of(params)
    if params.number("role", 1, 4, required=True) not in ROLES:
        raise CallError("invalid", "role must be 4")
    given = phones(params, telephone="telephone")
    sign_in_limits.take_token(request, ctx)
    made = ctx.writes.run(
        users.register,
        parent=signed.account,
        email=email,
        name=name,
        password_hash=passwords.hashed(ctx.db, email, password),
        role=Role.CONTACT,
        phones=given,
        **signature_of(request, ctx, signed),
    )
    return [Element("contact", {"id": made})]


def update_contact_data(ctx: Context, signed: CurrentUser, params: Params) -> list[Element]:
    """Change a contact of this account; a new password ends the contact's sessions."""
    contact = _contact_id(params)
    # Asked first, so that a stranger's contact costs no hash.
    email = users.find_contact(ctx.db, signed.account, contact).email
    changes: UserChanges = {**changes_of(ctx, params, email), **phones(params, telephone="telephone")}
    if changes:
        ctx.writes.run(
            users.change_user,
            user=contact,
            contact_of=signed.account,
            changes=changes,
            **signature_of(request, ctx, signed),
        )
    return []


def remove_contact(ctx: Context, signed: CurrentUser, params: Params) -> list[Element]:
    """Remove a contact of this account; its services go back, its history stays."""
    contact = _contact_id(params)
    users.find_contact(ctx.db, signed.account, contact)
    noted = signature_of(request, ctx, signed)
    ctx.writes.run(users.remove_contact, account=signed.account, user=contact, **noted)
    return []


def _contact_id(params: Params) -> int:
    return params.number("contact_id", 1, MOST_ID, required=True) or 0


CONTACT_CALLS: dict[str, Call] = {
    "addContact": Call(add_contact, needs_session=True, for_contacts=False),
    "updateContactData": Call(update_contact_data, needs_session=True, for_contacts=False),
    "removeContact": Call(remove_contact, needs_session=True, for_contacts=False),
}

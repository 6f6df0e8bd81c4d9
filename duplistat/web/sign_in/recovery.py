"""/forgotten: a link by mail, with which a new password is set at /password."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from duplistat.http import sign_in_limits
from duplistat.http.context import context
from duplistat.http.session_cookie import by_of
from duplistat.services.people import password_reset_mail, users
from duplistat.web.form import Form
from duplistat.web.sign_in.credentials import email


def forgotten() -> ResponseReturnValue:
    """Mail a code to whoever has an e-mail. The same answer, and as fast, when nobody has."""
    ctx, form = context(), Form()
    mails = bool(ctx.config.mail.host)
    if request.method != "POST" or not mails:
        return render_template("forgotten.html", form=form, mails=mails)
    address = email(form)
    if form.wrong:
        return render_template("forgotten.html", form=form, mails=mails), 400
    # In one transaction with the token, so that it takes as long for an e-mail that nobody has.
    token, by = sign_in_limits.token_of(request, ctx), by_of(request, ctx, None)
    recoveries = users.ask_recoveries(ctx.writes, address, ctx.now(), token, by)
    password_reset_mail.post(ctx.config, address, recoveries)
    return render_template("forgotten.html", form=form, mails=mails, asked=address)

"""What people type to prove who they are: e-mails and passwords in forms."""

from duplistat.core.errors import DuplistatError
from duplistat.core.text import clean
from duplistat.services.people import passwords, users
from duplistat.web.form import Form
from duplistat.web.language import gettext as _

# A longer one is typed by nobody.
LONGEST = 1000


def secret(form: Form, name: str) -> str:
    """A password as it was typed: blanks are part of it."""
    return clean(form.typed(name))[: LONGEST + 1]


def email(form: Form, name: str = "email") -> str:
    """The e-mail in a field, in lower case."""
    typed = form.typed(name)
    try:
        return users.email_of(typed)
    except DuplistatError:
        form.wrong[name] = _("An e-mail address such as name@example.org.")
        return typed


def new_password(form: Form) -> str:
    """The password in the fields `password` and `again`."""
    typed = secret(form, "password")
    if not passwords.SHORTEST <= len(typed) <= LONGEST:
        form.wrong["password"] = _("From %(least)s to %(most)s characters.") % {
            "least": passwords.SHORTEST,
            "most": LONGEST,
        }
    elif typed != secret(form, "again"):
        form.wrong["again"] = _("Passwords do not match.")
    return typed

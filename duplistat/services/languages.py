"""The languages that pages and messages are written in. Catalogues stand in `translations/`: `make translations`."""

import gettext as catalogues
from dataclasses import replace
from functools import cache
from pathlib import Path

from duplistat.core.formats import formats_of
from duplistat.core.i18n import ENGLISH, Say

# In the order in which they are offered.
LANGUAGES = {
    "en": "English",
    "de": "Deutsch",
    "es": "Español",
    "fr": "Français",
    "pt": "Português (Brasil)",
}
# What HTML calls a language whose code alone would mean another region's wording.
_TAGS = {"pt": "pt-BR"}
CATALOGUES = Path(__file__).parents[1] / "translations"

# Written from right to left. None of LANGUAGES is yet: styles and scripts are ready for one.
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})


def tag(language: str) -> str:
    """What HTML calls a language: "en", "pt-BR"."""
    return _TAGS.get(language, language)


def direction(language: str) -> str:
    """Is "ltr" or "rtl": which way the lines of a language run."""
    return "rtl" if language in RIGHT_TO_LEFT else "ltr"


@cache
def catalogue(language: str) -> catalogues.NullTranslations:
    """The texts of a language, by its code; English as it is for one that we do not speak."""
    return catalogues.translation("messages", CATALOGUES, [language], fallback=True)


@cache
def spoken(language: str, region: str = "") -> Say:
    """How a language says things, by its code, with the formats of a region; English for one that we do not speak."""
    if language not in LANGUAGES or language == ENGLISH.code:
        return replace(ENGLISH, formats=formats_of(ENGLISH.code, region))
    known = catalogue(language)
    return Say(known.gettext, known.ngettext, known.npgettext, formats_of(language, region), language)

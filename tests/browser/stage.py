"""What an act of a test is played on: one tab, at a width, in a theme, in a language, whose texts the test knows."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import BrowserContext, Locator, Page

from duplistat.services.languages import spoken
from duplistat.web.language import COOKIE as LANGUAGE
from tests.browser.conftest import complaints_in, signed_in
from tests.browser.layout import SIDEWAYS
from tests.browser.test_every_page import AXE, OF_WIDTHS, VIOLATIONS

HEIGHT = 844


@dataclass(frozen=True)
class Look:
    width: int
    theme: Literal["light", "dark"]
    language: str

    def __str__(self) -> str:
        return f"{self.width}-{self.theme}-{self.language}"


# Each width, and each theme with each language.
ACTED = (
    Look(320, "light", "de"),
    Look(390, "dark", "en"),
    Look(1280, "dark", "de"),
    Look(1680, "light", "en"),
)


@dataclass(frozen=True)
class Stage:
    page: Page
    look: Look
    complaints: list[str]

    @property
    def is_phone(self) -> bool:
        return self.look.width < 768

    def words(self, text: str, *more: str, **values: Any) -> str:
        """A text of a page in the language that it is looked at in; `more` is its plural, for `num`."""
        said = self._said(text, more, values.get("num", 0))
        return said % values if values else said

    def pattern(self, text: str, *more: str) -> re.Pattern[str]:
        """The same, of several, with anything in its places."""
        return re.compile(re.sub(r"%\\\(\w+\\\)s", ".+", re.escape(self._said(text, more, 2))))

    def _said(self, text: str, more: Sequence[str], number: int) -> str:
        say = spoken(self.look.language)
        return say.ngettext(text, more[0], number) if more else say.gettext(text)

    def button(self, text: str) -> Locator:
        return self.page.get_by_role("button", name=self.words(text), exact=True)

    def field(self, label: str) -> Locator:
        return self.page.get_by_label(self.words(label), exact=True)

    def wrong(self) -> list[str]:
        """What is wrong with the page as an act has made it. Its colours are those of pages as they are loaded."""
        self.page.evaluate(AXE_SOURCE)
        found: list[str] = self.page.evaluate(VIOLATIONS, OF_WIDTHS)
        language = self.page.evaluate("document.documentElement.lang")
        if language != self.look.language:
            found.append(f"speaks {language}")
        if self.page.evaluate(SIDEWAYS):
            found.append("scrolls sideways")
        return found


AXE_SOURCE = Path(AXE).read_text("utf-8")


@contextmanager
def staged(context: BrowserContext, page: Page, look: Look) -> Iterator[Stage]:
    """A tab that was used before, with an admin of `main` signed in. What its pages complain of is in `complaints`."""
    context.clear_cookies()
    signed_in(context)
    context.add_cookies([{"name": LANGUAGE, "value": look.language, "domain": "127.0.0.1", "path": "/"}])
    page.set_viewport_size({"width": look.width, "height": HEIGHT})
    page.emulate_media(color_scheme=look.theme, reduced_motion="reduce")
    yield Stage(page, look, complaints_in(page))

"""What a message says, in parts: text and HTML are made of the same, and so say the same."""

from dataclasses import dataclass

from duplistat.core.alerts.notice import Kind, NoticeFacts, Severity

# The account that is always there needs no name.
MAIN = "main"


@dataclass(frozen=True, slots=True)
class Links:
    """Where a message leads; each "" for none. The page, and signed links of this notice and this recipient."""

    page: str = ""
    acknowledge: str = ""
    unsubscribe: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One of several problems or events: its name, what is said of it, and its page, "" for none."""

    name: str
    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """The parts of a message in the order in which they are read. Everything is one line, and nothing is escaped.

    `rows` and `links` are pairs of label and text, `unsubscribe` is one of them or empty. `causes` are what problems
    have in common where that is not one thing: names, and what is said of each. `items` are several problems or events;
    `more` counts those that are not shown. `quoted` is what somebody else wrote, below its `quoted_label`.
    `good`: it tells of nothing that is wrong.
    """

    subject: str
    state: str
    severity: Severity
    good: bool
    headline: str
    rows: tuple[tuple[str, str], ...] = ()
    causes_label: str = ""
    causes: tuple[tuple[str, str], ...] = ()
    items_label: str = ""
    items: tuple[Item, ...] = ()
    more: int = 0
    after: tuple[str, ...] = ()
    quoted_label: str = ""
    quoted: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    footer: str = ""
    unsubscribe: tuple[str, ...] = ()


def page_of(base_url: str, kind: str, number: int | None) -> str:
    """The page of a job or a run; "" where there is none."""
    return f"{base_url}/{kind}/{number}" if base_url and number is not None else ""


def acknowledge_of(facts: NoticeFacts, links: Links) -> str:
    """The link that acknowledges, where something is wrong that can be acknowledged."""
    wrong = any(problem["closed_at"] is None for problem in facts["problems"])
    return links.acknowledge if wrong and facts["kind"] != Kind.RECOVERED else ""


def account_name(name: str) -> str:
    """An account as it is named; "" for the one that is always there."""
    return "" if name == MAIN else name


def filled(rows: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """The rows that say something."""
    return tuple((label, text) for label, text in rows if text)

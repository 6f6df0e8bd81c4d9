"""What a browser calls itself, as people call it."""

import re

# The first that is there counts: nearly all say that they are also the others.
_PROGRAMS = (
    (r"\bEdg(A|iOS)?/", "Edge"),
    (r"\bOPR/", "Opera"),
    (r"\bVivaldi/", "Vivaldi"),
    (r"\bSamsungBrowser/", "Samsung Internet"),
    (r"\b(Firefox|FxiOS)/", "Firefox"),
    (r"\b(Chrome|Chromium|CriOS)/", "Chrome"),
    (r"\bSafari/", "Safari"),
)
_SYSTEMS = (
    (r"\bWindows\b", "Windows"),
    (r"\biPhone\b", "iPhone"),
    (r"\biPad\b", "iPad"),
    (r"\bAndroid\b", "Android"),
    (r"\bCrOS\b", "ChromeOS"),
    (r"\bMac ?OS\b", "macOS"),
    (r"\bLinux\b", "Linux"),
)
# Of a program that is none of these.
LONGEST = 40


def named(agent: str) -> tuple[str, str]:
    """(program, system) of a User-Agent; each "" where it is not told. Another program's is its first word."""
    program, system = _first(_PROGRAMS, agent), _first(_SYSTEMS, agent)
    return program or re.split(r"[/\s(]", agent.strip(), maxsplit=1)[0][:LONGEST], system


def _first(known: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((name for pattern, name in known if re.search(pattern, agent)), "")

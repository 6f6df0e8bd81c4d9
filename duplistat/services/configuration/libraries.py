"""The libraries that this program stands on, with their licences, as their packages tell."""

import re
from functools import lru_cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from typing import NamedTuple

OURS = "duplistat"
# A licence is a name: some packages tell their whole text.
LONGEST = 80
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_CLASSIFIER = "License :: OSI Approved :: "


class Library(NamedTuple):
    name: str
    version: str
    licence: str


@lru_cache(maxsize=1)
def libraries() -> tuple[Library, ...]:
    """All that are installed because of us, and what they need themselves; by name. Empty where nobody knows."""
    waiting, found = [OURS], dict[str, Library]()
    while waiting:
        try:
            package = distribution(waiting.pop())
        except PackageNotFoundError:
            # One of an extra that is not installed, or of another system.
            continue
        name = package.metadata["Name"]
        if name.lower() not in found:
            found[name.lower()] = Library(name, package.version, licence_of(package))
            waiting += [
                match[0]
                for text in package.requires or ()
                # Extras are ours alone to ask for.
                if ("extra ==" not in text or name == OURS) and (match := _NAME.match(text))
            ]
    found.pop(OURS, None)
    return tuple(found[name] for name in sorted(found))


def licence_of(package: Distribution) -> str:
    """The name of a package's licence; "" when it does not tell."""
    told = package.metadata
    classifiers = [
        each.removeprefix(_CLASSIFIER)
        for each in told.get_all("Classifier") or ()
        if each.startswith(_CLASSIFIER)
    ]
    (expression, *_), (text, *_) = (told.get_all(key) or [""] for key in ("License-Expression", "License"))
    first = next(iter(text.strip().splitlines()), "")
    return (expression or ", ".join(classifiers) or first)[:LONGEST]

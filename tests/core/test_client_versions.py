"""Versions of Duplicati are compared on their channel; those of other tools with nothing."""

import pytest

from duplistat.core.client_versions import client_version, is_outdated, newest_of_channels, order_key


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("2.2.0.3", (2, 2, 0, 3)),
        ("2.1.0.5 (2.1.0.5_stable_2025-03-04)", (2, 1, 0, 5)),
        ("v2.0.6.3", (2, 0, 6, 3)),
        ("0.17.3", ()),
        ("1.2.3.4.5", ()),
        ("9999999999.1.1.1", ()),
        ("", ()),
    ],
)
def test_a_version_of_duplicati_has_four_parts(text: str, parts: tuple[int, ...]) -> None:
    assert client_version({"agent_version": text}) == (text, parts, "")


def test_only_what_is_older_than_the_newest_of_its_channel_is_outdated() -> None:
    told = [
        ("2.10.0.1", "Stable"),
        ("2.9.0.9", "stable "),
        ("2.11.0.0", "Canary"),
        ("2.0.6.3", ""),
        ("9", ""),
    ]
    versions = [client_version({"agent_version": text, "update_channel": channel}) for text, channel in told]
    newest = newest_of_channels(versions)
    assert {channel: one.text for channel, one in newest.items()} == {
        "stable": "2.10.0.1",
        "canary": "2.11.0.0",
        "": "2.0.6.3",
    }
    assert [is_outdated(one, newest) for one in versions] == [False, True, False, False, False]
    in_order = sorted(versions, key=lambda one: order_key(one) or "")
    assert [one.text for one in in_order] == ["2.0.6.3", "2.9.0.9", "2.10.0.1", "2.11.0.0", "9"]
    assert order_key(client_version({})) is None

"""The documentation that the server carries: each page is there, and links in it and from our pages lead somewhere."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from duplistat.web.documentation.help import TOLD_IN
from duplistat.web.documentation.render import anchor_of, render
from duplistat.web.language import COOKIE, tag
from tests.web.site import Site, said

DOCS = Path(__file__).parent.parent.parent / "docs"
NAMES = sorted(path.relative_to(DOCS).with_suffix("").as_posix() for path in DOCS.rglob("*.md"))
# What is no page: files, parts of pages, and redirects.
NO_PAGES = {
    *("live", "audit_csv", "audit_json", "partners_csv", "job_csv", "job_series", "evidence_file", "wall"),
    *("settings_database_download", "settings_log_download", "job_restore_points", "restore_points"),
    *("sign_in", "which_account", "set_up", "forgotten", "new_password", "documentation", "manifest"),
    *("worker", "offline", "schedules_file", "trends_series"),
}


def address(name: str) -> str:
    return "/docs/" if name == "README" else f"/docs/{name}"


def ids(html: str) -> set[str]:
    return set(re.findall(r' id="([^"]+)"', html))


def test_every_page_is_there_and_every_link_between_them_leads_to_a_part(site: Site) -> None:
    pages = {address(name): site.html(address(name)) for name in NAMES}
    links = 0
    for own, html in pages.items():
        article = html.partition("<article")[2].partition("</article>")[0]
        for link in re.findall(r'href="([^"]+)"', article):
            assert link.startswith(("/docs/", "#", "https://", "http://")), f"{own}: {link}"
            if "://" in link:
                continue
            path, _, part = link.partition("#")
            assert not part or part in ids(pages[path or own]), f"{own}: {link}"
            links += 1
    assert links > 300


def test_a_page_has_its_title_its_parts_and_no_style(site: Site) -> None:
    html = site.html("/docs/overview")
    assert "<title>The overview – Documentation – duplistat</title>" in html
    assert '<li><a href="#keyboard-shortcuts">Keyboard shortcuts</a></li>' in html
    assert '<article lang="en" dir="ltr">' in html
    for name in NAMES:
        assert " style=" not in site.html(address(name)), name


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", ""),
        ("de", "Die Dokumentation ist auf Englisch."),
        ("es", "La documentación está en inglés."),
        ("fr", "La documentation est en anglais."),
        ("pt", "A documentação está em inglês."),
    ],
)
def test_its_language_is_marked_and_said_to_those_who_read_another(
    site: Site, language: str, sentence: str
) -> None:
    site.client.set_cookie(COOKIE, language)
    html = site.html("/docs/overview")
    assert f'<html lang="{tag(language)}"' in html
    before, _, behind = html.partition('<article lang="en" dir="ltr">')
    assert '<ul lang="en" dir="ltr">' in before
    assert "keyboard-shortcuts" in behind
    assert re.findall(r'<p class="notice">(.*?)</p>', before) == ([sentence] if sentence else [])


def test_what_is_no_page_is_not_found(site: Site) -> None:
    for name in ("no-such-page", "../CHANGELOG", "..%2fREADME", "overview.md", "grafana/duplistat.json"):
        assert site.client.get(f"/docs/{name}").status_code == 404, name


def test_strangers_sign_in_first(site: Site) -> None:
    answer = site.app.test_client().get("/docs/overview")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in?next=/docs/overview")


def test_each_page_links_to_what_tells_of_it(site: Site) -> None:
    assert '<a class="help" href="/docs/overview"' in site.html("/")
    assert '<a class="help" href="/docs/settings#api-keys"' in site.html("/settings/keys")
    assert 'href="/docs/api"' in site.html("/api/docs")
    known = {
        rule.endpoint
        for rule in site.app.url_map.iter_rules()
        if rule.endpoint.startswith("web.") and "GET" in (rule.methods or ())
    }
    pages = known - {f"web.{name}" for name in NO_PAGES}
    missing = pages - TOLD_IN.keys()
    assert not missing, f"say in web/documentation/help.py what tells of them: {sorted(missing)}"
    assert TOLD_IN.keys() <= {rule.endpoint for rule in site.app.url_map.iter_rules()}


@pytest.mark.parametrize("place", sorted({*TOLD_IN.values()}))
def test_what_a_page_links_to_is_there(site: Site, place: str) -> None:
    name, _, part = place.partition("#")
    html = site.html(f"/docs/{name}")
    assert not part or part in ids(html)


def test_html_is_shown_and_does_nothing() -> None:
    page = render(
        "# A <b>b</b>\n\n<script>alert(1)</script>\n\n[x](javascript:alert(1))", "x", lambda _: None
    )
    assert "<script" not in page.html
    assert "&lt;script&gt;" in page.html
    assert "href" not in page.html
    assert page.title == "A <b>b</b>"


def test_links_to_pages_go_there_and_of_others_the_words_stay() -> None:
    text = "[a](b.md#c-d) [up](../e.md) [file](x.yml) [web](https://example.org) ![picture](p.png)"
    html = render(text, "tools/borg", lambda name: f"/docs/{name}").html
    assert said(html) == "a up file web picture"
    assert re.findall(r'href="([^"]+)"', html) == ["/docs/tools/b#c-d", "/docs/e", "https://example.org"]


def test_a_head_of_a_column_without_a_word_is_none() -> None:
    html = render("| a | |\n| --- | --- |\n| b | c |\n", "x", lambda _: None).html
    assert re.findall(r"<t[hd]>[abc]?", html) == ["<th>a", "<td>", "<td>b", "<td>c"]


@pytest.mark.parametrize("name", NAMES)
def test_headings_of_a_page_go_down_by_one_level_only(site: Site, name: str) -> None:
    article = site.html(address(name)).partition("<article")[2].partition("</article>")[0]
    levels = [int(level) for level in re.findall(r"<h([1-6])", article)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels)), levels


def test_anchors_are_those_of_github() -> None:
    assert anchor_of("`GET /api/health`, `/api/ping`, `/metrics`") == "get-apihealth-apiping-metrics"
    assert anchor_of("In Docker?") == "in-docker"
    twice = render("## A\n\n## A\n", "x", lambda _: None)
    assert [part.anchor for part in twice.parts] == ["a", "a-1"]

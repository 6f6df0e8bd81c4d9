"""/api/docs: the document as a page."""

import re
from collections.abc import Callable

from duplistat.apis.native.operations import OPERATIONS
from tests.support.site import Site


def test_the_page_tells_of_each_address_with_a_line_to_paste(site: Site) -> None:
    html = site.get("/api/docs").text
    for operation in OPERATIONS:
        assert f'id="{operation.name}"' in html
        assert f"<code>{operation.method.upper()} {operation.path}</code>" in html
    assert "curl -H &#34;X-Api-Key: $KEY&#34; http://localhost/api/v1/runs</pre>" in html


def test_each_link_within_the_page_leads_somewhere(site: Site) -> None:
    html = site.get("/api/docs").text
    anchors = set(re.findall(r'\bid="([^"]+)"', html))
    assert set(re.findall(r'href="#([^"]+)"', html)) <= anchors
    assert len(anchors) == len(re.findall(r'\bid="', html))


def test_the_page_has_nothing_inline_and_asks_nobody_else(site: Site) -> None:
    html = site.get("/api/docs").text
    assert not re.search(r"<(style|iframe|object)\b", html)
    assert all(
        tag.startswith('<script type="module" src="/static/') for tag in re.findall("<script[^>]*>", html)
    )
    assert not re.search(r"<[^>]*\s(style|on\w+)\s*=", html)
    assert len(re.findall(r"<h1\b", html)) == 1
    assert all(link.startswith(("/", "#")) for link in re.findall(r'(?:href|src)="([^"]+)"', html))


def test_lines_to_paste_name_the_address_under_which_others_reach_the_server(
    make_site: Callable[..., Site],
) -> None:
    site = make_site(server={"public_url": "https://backups.example.com/"})
    assert "https://backups.example.com/api/v1/jobs</pre>" in site.get("/api/docs").text


def test_a_strange_host_stays_text(site: Site) -> None:
    html = site.get("/api/docs", Host='x"><script>alert(1)</script>').text
    assert "<script>" not in html


def test_every_page_leads_to_it(site: Site) -> None:
    assert '<a href="/api/docs">API</a>' in site.page("/").text

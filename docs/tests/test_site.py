"""The whole site, built anew: no warning, a page for every claim, links both ways, none broken."""

import html
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

docs = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(docs))

from claims import Claims  # noqa: E402
from docstring import prose, render  # noqa: E402


class Page(HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.links, self.anchors = [], set()
        self.text = path.read_text(errors="replace")
        self.feed(self.text)

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name in ("href", "src") and value:
                self.links.append(value)
            elif name in ("id", "name"):
                self.anchors.add(value)


@pytest.fixture(scope="module")
def claims():
    return Claims(docs.parent)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    output = Path(os.environ.get("HADAMARD_SITE") or tmp_path_factory.mktemp("site"))
    run = subprocess.run([sys.executable, "-B", str(docs / "build.py"), str(output)],
                         capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stderr
    return {path.name: Page(path) for path in (output / "html").glob("*.html")}


def test_every_claim_has_a_page_that_links_to_its_source(site, claims):
    assert len(claims.all) > 15
    for claim in claims.all:
        links = site[claim.page + ".html"].links
        stem = Path(claim.path).stem.replace("_", "__")
        assert any(link.split("#")[0] in (f"{stem}_8cpp.html", f"{stem}_8cpp_source.html")
                   for link in links), claim.id


@pytest.mark.parametrize("page, claim", [
    ("structhadamard_1_1optim_1_1Adam.html", "dynamics.flow-balance"),
    ("classhadamard_1_1optim_1_1WorkingSet.html", "landscape.strict-saddle"),
    ("classhadamard_1_1optim_1_1WorkingSet.html", "minima.surrogate-to-base"),
    ("dead__units_8hpp.html", "dynamics.discrete-balance"),  # the id is broken over two lines there
    ("index.html", "svf.majorization"),
])
def test_pages_link_to_the_claims_they_name(site, claims, page, claim):
    if page not in site:  # a class or a struct
        page = page.replace("struct", "class", 1)
    assert claims.by_id[claim].page + ".html" in site[page].links


def test_a_claim_links_to_the_headers_that_name_it(site, claims):
    links = site["claim_landscape_strict_saddle.html"].links
    assert "working__set_8hpp.html" in links and "dead__units_8hpp.html" in links


def test_a_page_lists_every_mutant_with_why_it_is_false(site, claims):
    for claim in claims.all:
        shown = html.unescape(re.sub(r"<[^>]*>", "", site[claim.page + ".html"].text))
        assert len(claim.mutants) > 1
        for mutant in claim.mutants:  # the words of their sentences, whatever marks them up
            for part in mutant["id"], mutant["statement"], mutant["why"]:
                assert plain(part) in plain(shown), (claim.id, part)


def plain(text):
    return "".join(re.findall(r"\w", text))


def test_the_table_of_claims_is_one(site, claims):
    """Formulas with |x| in its cells end none of them."""
    tables = re.findall(r"<table[^>]*>.*?</table>", site["index.html"].text, re.S)
    table = next(text for text in tables if "<th>mutants" in text and "morse-index" in text)
    rows = re.findall(r"<tr>(.*?)</tr>", table, re.S)
    assert len(rows) == 1 + len(claims.all)
    assert all(len(re.findall(r"<t[hd]>", row)) == 4 for row in rows)
    assert "|g_j| &lt; 0" in table


def is_ours(name):
    """Pages that we write. Doxygen 1.9.4 itself links to anchors that it leaves out elsewhere."""
    return name.startswith(("index", "claim", "guide"))


def test_no_link_to_a_file_or_an_anchor_is_broken(site):
    broken = []
    for name, page in site.items():
        for link in page.links:
            if re.match(r"[a-z]+:", link) or link == "#":
                continue
            target, _, anchor = unquote(link).partition("#")
            other = site.get(target or name)
            if target and other is None and not target.endswith((".js", ".css", ".png", ".svg")):
                broken.append((name, link))
            elif anchor and other is not None and anchor not in other.anchors and is_ours(name):
                broken.append((name, link))
    assert not broken, broken[:20]


def test_formulas_stand_apart_and_labels_are_facts(claims):
    lines = ["Says x < y @ 5%:", "    x ← x − η·∇f,  #1", "",
             "Shapes   x: (d)", "         more of it", "@pre x_i ≥ 0"]
    out = render(lines, claims)
    assert len(out) <= len(lines)
    assert out[0] == r"Says x &lt; y \@ 5\%:"
    assert out[1] == r"<pre>x ← x − η·∇f,  \#1</pre>"
    assert out[3] == '<dl class="facts"><dt>Shapes</dt><dd>x: (d) more of it</dd></dl>'
    assert out[4] == r" @pre  x\_i ≥ 0"


def test_emphasis_is_no_product(claims):
    assert prose("solved *through* Q, u*v*w, 2 *is* 2", claims) == (
        r"solved <em>through</em> Q, u\*v\*w, 2 <em>is</em> 2")

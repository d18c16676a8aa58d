"""The whole site, built anew: no warning, a page for every claim, links both ways, none broken, formulas that a browser
typesets without a network."""

import html
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

docs = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(docs))

from build import comments_of  # noqa: E402
from claims import Claims  # noqa: E402
from bibliography import KEYS, NUMBERS  # noqa: E402
from guide import guides, headers  # noqa: E402


class Page(HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.path, self.links, self.anchors, self.words, self.skipped = path, [], set(), [], None
        self.feed(path.read_text())
        self.text = " ".join(self.words)

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name in ("href", "src") and value:
                self.links.append(value)
            elif name in ("id", "name"):
                self.anchors.add(value)
        if tag in ("pre", "script", "style") or ("class", "fragment") in attributes:
            self.skipped = self.skipped or tag

    def handle_endtag(self, tag):
        if tag == self.skipped:
            self.skipped = None

    def handle_data(self, data):
        if not self.skipped:
            self.words.append(data)


@pytest.fixture(scope="module")
def claims():
    return Claims(docs.parent)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    output = Path(os.environ.get("HADAMARD_SITE") or tmp_path_factory.mktemp("site"))
    run = subprocess.run([sys.executable, "-B", str(docs / "build.py"), str(output)],
                         capture_output=True, text=True, timeout=500)
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
        source = site[claim.page + ".html"].path.read_text()
        assert len(claim.mutants) > 1
        for mutant in claim.mutants:  # sentences may be typeset: their words of five letters and more
            assert f"<code>{html.escape(mutant['id'])}</code>" in source, (claim.id, mutant["id"])
            for part in mutant["statement"], mutant["why"]:
                for word in re.findall(r"\b[a-z]{5,}\b", part):
                    assert word in source, (claim.id, mutant["id"], word)


def test_the_table_of_claims_is_one(site, claims):
    """Formulas with |x| in its cells end none of them."""
    source = site["index.html"].path.read_text()
    tables = re.findall(r"<table[^>]*>.*?</table>", source, re.S)
    table = next(text for text in tables if "<th>mutants" in text and "morse-index" in text)
    rows = re.findall(r"<tr>(.*?)</tr>", table, re.S)
    assert len(rows) == 1 + len(claims.all)
    assert all(len(re.findall(r"<t[hd]>", row)) == 4 for row in rows)


def test_the_source_of_a_claim_links_to_it(site, claims):
    for claim in claims.all:
        page = Path(claim.path).stem.replace("_", "__") + "_8cpp.html"
        assert claim.page + ".html" in site[page].links, claim.id


@pytest.mark.parametrize("guide, claim", [
    ("guide_bench_experiments_imbalance_decay.html", "dynamics.flow-balance"),
    ("guide_verify_search_findings.html", "landscape.morse-index"),
])
def test_guides_and_claims_link_to_each_other(site, claims, guide, claim):
    page = claims.by_id[claim].page + ".html"
    assert page in site[guide].links
    assert guide in site[page].links


def test_no_link_to_a_file_or_an_anchor_is_broken(site):
    broken = []
    for name, page in site.items():
        for link in page.links:
            if re.match(r"[a-z]+:", link) or link == "#":
                continue
            target, _, anchor = unquote(link).partition("#")
            other = site.get(target or name)
            if target and other is None:
                if not (page.path.parent / target).exists():
                    broken.append((name, link))
            elif anchor and anchor not in other.anchors:
                broken.append((name, link))
    assert not broken, (len(broken), broken[:20])


def test_nothing_of_the_markup_is_left(site):
    left = []
    for name, page in site.items():
        if name.endswith("_source.html"):
            continue
        text = re.sub(r"\\\(.*?\\\)|\\\[.*?\\\]", "", page.text, flags=re.S)
        left += [(name, found) for found in re.findall(
            r"(?<![\w*/])\*[a-z]+\*(?!\w)|\\[_#%@~*]|\\f\W|@(?:ref|pre|em|image)\b|&#?\w+;", text)]
    assert not left, left[:20]


def test_prose_of_claims_is_no_code(site, claims):
    """The continuation of a sentence is no box, whatever its indent."""
    for claim in claims.all:
        assert "<pre" not in site[claim.page + ".html"].path.read_text().split("<h3>Mutants")[0], claim.id


def test_useless_pages_are_gone(site):
    assert not [name for name in site if re.search(r"_8(dox|md)\.html$", name)]


def test_what_sources_cite_is_in_the_bibliography(site, claims):
    texts = [comments_of(path) for path in headers()]
    texts += [" ".join(claim.docstring) for claim in claims.all]
    texts += [path.read_text() for path in guides()]
    for text in texts:
        assert set(re.findall(r"arXiv[ :/]*(\d{4}\.\d{4,5})", text)) <= NUMBERS
    for claim in claims.all:
        source = re.search(r"Source +(.*?)(?= [A-Z]\w+  )", " ".join(claim.docstring))[1]
        assert set(re.findall(r"\[([A-Z]{1,4})\]", source)) <= KEYS, claim.id
    assert any(link.startswith("bibliography.html#") for link in site["claim_dynamics_flow_balance.html"].links)


def test_every_notebook_is_listed_with_its_question(site):
    text = site["notebooks.html"].text
    for path in sorted((docs.parent / "notebooks").glob("*.ipynb")):
        assert path.stem in text
    assert "What does the penalty do to the path of coefficients?" in text


@pytest.fixture(scope="module")
def browser():
    webdriver = pytest.importorskip("selenium.webdriver")
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not driver:
        pytest.skip("needs chromium and chromedriver")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for word in "--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1280,1000":
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    out = webdriver.Chrome(service=webdriver.ChromeService(driver) if hasattr(webdriver, "ChromeService")
                           else webdriver.chrome.service.Service(driver), options=options)
    out.set_script_timeout(120)
    yield out
    out.quit()


TYPESET = """
const done = arguments[0];
const has_error = node => node && (node.type === "merror" || (node.data || []).some(has_error));
function wait() {
  if (!window.MathJax || !MathJax.Hub) return void setTimeout(wait, 20);
  MathJax.Hub.Queue(() => {
    const wrong = MathJax.Hub.getAllJax().filter(jax => has_error(jax.root));
    const foreign = performance.getEntriesByType("resource").map(entry => entry.name);
    done([MathJax.Hub.getAllJax().length, wrong.map(jax => jax.originalText),
          foreign.filter(name => !name.startsWith("file:")),
          [...document.querySelectorAll(".MathJax_SVG svg")].length]);
  });
}
wait();
"""


def test_a_browser_typesets_every_formula_of_the_claims_and_core_headers(site, browser, claims):
    pages = [claim.page + ".html" for claim in claims.all]
    pages += ["index.html", "claims.html", "namespacehadamard_1_1optim.html",
              "classhadamard_1_1optim_1_1WorkingSet.html", "classhadamard_1_1transfer_1_1MixedGroup.html"]
    for name in pages:
        browser.get(site[name].path.as_uri())
        count, wrong, foreign, drawn = browser.execute_async_script(TYPESET)
        assert count > 0 and drawn >= count, name
        assert not wrong and not foreign, name
        assert not [line for line in browser.get_log("browser") if line["level"] == "SEVERE"], name

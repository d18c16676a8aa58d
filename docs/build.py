#!/usr/bin/env python3
"""Builds the documentation site. Needs Doxygen and MathJax (.ci/packages.txt), no compiler and no network."""

import argparse
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from bibliography import ANCHOR, CITATION, bibliography_page
from claims import Claims
from docstring import escape, inline, render
from formula import unicode_of
from guide import guides, headers, include_name, page_of
from notebook import copy_executed, notebooks_page

root = Path(__file__).resolve().parent.parent
mathjax = Path("/usr/share/javascript/mathjax")  # Debian's libjs-mathjax


def comments_of(path):
    """The comments of a source, each run of lines as one text."""
    lines = [re.search(r"//+[/!<]* ?(.*)", line) for line in path.read_text().splitlines()]
    return " ".join(match[1].strip() if match else "\0" for match in lines)


def texts(claims):
    """(link, path, text) of what may name claims and works: headers, claims and guides, in order."""
    for path in headers():
        yield file_link(path.relative_to(root).as_posix()), path, comments_of(path)
    for claim in claims.all:
        yield claims.link(claim.id), root / claim.path, " ".join(claim.docstring)
    for path in guides():
        name = path.relative_to(root).as_posix()
        yield f'@ref {page_of(path)} "{name}"', path, path.read_text()


def mentions_of(claims):
    """Claim id → links to what names it. The README lists all."""
    out = {claim.id: [] for claim in claims.all}
    for link, path, text in texts(claims):
        for _, _, id in claims.mentions(text):
            own = path == root / claims.by_id[id].path or path == root / "README.md"
            if not own and link not in out[id]:
                out[id].append(link)
    return out


def citations_of(claims):
    """Anchor of a work → links to what cites it."""
    out = {}
    for link, _, text in texts(claims):
        for match in CITATION.finditer(text):
            links = out.setdefault(ANCHOR[match["key"] or match["number"].removeprefix("arXiv ")], [])
            if link not in links:
                links.append(link)
    return out


def applies_to(claim, claims):
    """The transfers a claim is about, in as few words as its table in the README has."""
    every = sorted({name for one in claims.all for name in one.transfers})
    missing = [name for name in every if name not in claim.transfers]
    if not missing:
        return "all"
    if len(missing) < len(claim.transfers):
        return "all but " + ", ".join(missing)
    return ", ".join(claim.transfers)


def file_link(name):
    return f'@ref {include_name(root / name)} "{name}"'


def transfer_links(text):
    """Names of transfers, as links to their headers."""
    def link(match):
        path = root / f"lib/include/hadamard/transfers/{match[0]}.hpp"
        return f'@ref {include_name(path)} "{match[0]}"' if path.exists() else match[0]
    return re.sub(r"\w+", link, text)


def sentence(text):
    """What the program prints, in the spelling of the comments."""
    text = unicode_of(text)
    return (text[0].upper() + text[1:] if re.match(r"(?!inf |min )[a-z]{2}|a ", text) else text) + "."


def claim_page(claim, claims, mentions):
    lines = [f"@page {claim.page} {claim.id}",
             f"<div class=\"statement\">{inline(sentence(claim.statement), claims)}</div>", "",
             *render(claim.docstring, claims), "",
             "<h3>Mutants</h3>", "",
             "False variants that the same procedure must refute.", "",
             "<table><tr><th>mutant</th><th>says</th><th>why it is false</th></tr>"]
    for mutant in claim.mutants:
        cells = [f"<code>{escape(mutant['id'])}</code>",
                 inline(unicode_of(mutant["statement"]), claims),
                 inline(unicode_of(mutant["why"]), claims)]
        lines.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
    lines += ["</table>", "", "<h3>Where it is</h3>", "",
              f"- Source: {file_link(claim.path)}",
              f"- Transfers: {transfer_links(applies_to(claim, claims))}"]
    if mentions:
        lines.append(f"- Mentioned by {', '.join(mentions)}")
    lines += ["", "@code{.unparsed}", f"./hadamard verify {claim.id}", "@endcode"]
    return lines


def index_page(claims):
    lines = ["@page claims Claims", "",
             "Each claim, with its hypotheses, its source, its proof and its mutants.", "",
             "<table><tr><th>claim</th><th>says</th></tr>"]
    lines += [f"<tr><td>@subpage {claim.page} \"{claim.id}\"</td>"
              f"<td>{inline(unicode_of(claim.statement), claims)}</td></tr>" for claim in claims.all]
    return lines + ["</table>"]


def write_page(path, lines):
    path.write_text("/**\n" + "\n".join(lines).replace("*/", "*&zwj;/") + "\n*/\n")


def write_pages(folder):
    claims = Claims(root)
    mentions = mentions_of(claims)
    folder.mkdir(parents=True)
    write_page(folder / "claims.dox", index_page(claims))
    for claim in claims.all:
        page = claim_page(claim, claims, mentions[claim.id])
        write_page(folder / f"{claim.page}.dox", page)
    write_page(folder / "notebooks.dox", notebooks_page(claims))
    write_page(folder / "bibliography.dox", bibliography_page(citations_of(claims)))


def write_doxyfile(folder):
    sources = [*guides(), folder / "pages", *headers(),
               *sorted((root / "verify/claims").glob("*/*.cpp"))]
    values = {"ROOT": root, "OUTPUT": folder,
              "FILTER": f'"{sys.executable} -B {root}/docs/filter.py"',
              "INPUT": " ".join(f'"{path}"' for path in sources)}
    template = (root / "docs/Doxyfile.in").read_text()
    doxyfile = folder / "Doxyfile"
    doxyfile.write_text(re.sub(r"@(ROOT|OUTPUT|FILTER|INPUT)@",
                               lambda match: str(values[match[1]]), template))
    return doxyfile


def copy_mathjax(html):
    """Of MathJax what TeX to SVG needs: the site has to work where there is no network."""
    for name in ("MathJax.js", "extensions", "jax/element", "jax/input/TeX", "jax/output/SVG"):
        source, target = mathjax / name, html / "mathjax" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_file():
            shutil.copyfile(source, target)
        else:
            shutil.copytree(source, target, ignore=lambda folder, names: [
                name for name in names if folder.endswith("SVG/fonts") and name != "TeX"])


def mend(html):
    """What Doxygen 1.9.4 gets wrong and has no setting for."""
    for page in html.glob("*.html"):
        if re.search(r"_8(dox|md)\.html$", page.name):  # of files that are pages: empty, and nothing leads there
            page.unlink()
            continue
        text = page.read_text()
        # A space before each formula, and lines that break between one and its comma.
        mended = re.sub(r"([(\[]|(?<=\w)/) (?=\\\()", r"\1", text)
        mended = re.sub(r"[(\[]?\\\([^<]{1,40}?\\\)(?:[).,;:'·\]-]+(?:s\b)?)", r'<span class="one">\g<0></span>', mended)
        if 'name="nested-classes"' not in text:  # they are private
            mended = re.sub(r'<a href="#nested-classes">Classes</a>( &#124;)?\s*', "", mended)
        if mended != text:
            page.write_text(mended)


def build(folder):
    """The site in folder/html; what is wrong, or nothing."""
    if not (mathjax / "MathJax.js").exists():
        return f"{mathjax} is missing: install libjs-mathjax (docs/make does, as root or by sudo)\n"
    write_pages(folder / "pages")
    doxyfile = write_doxyfile(folder)
    # Doxygen goes on when its filter fails: what the filter says is an error too.
    run = subprocess.run(["doxygen", str(doxyfile)], cwd=root, stderr=subprocess.PIPE, text=True)
    if run.returncode != 0 or run.stderr:
        return run.stderr or f"doxygen ended with {run.returncode}\n"
    copy_mathjax(folder / "html")
    copy_executed(folder / "html")
    mend(folder / "html")
    return ""


def main():
    parser = argparse.ArgumentParser(prog="docs/make", description="Builds the documentation site: FOLDER/html/index.html. "
                                     "A site that is there is replaced once the new one is complete.")
    parser.add_argument("folder", metavar="FOLDER", nargs="?", type=Path, default=root / "build/docs",
                        help="build/docs unless it is named")
    output = parser.parse_args().folder.resolve()
    output.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with tempfile.TemporaryDirectory(prefix=".new-", dir=output) as folder:
            wrong = build(Path(folder))
            if wrong:
                print(wrong, end="", file=sys.stderr)
                return 1
            site = output / "html"
            if site.exists():
                site.rename(Path(folder) / "old")
            (Path(folder) / "html").rename(site)
    except KeyboardInterrupt:
        return 130
    print(site / "index.html")
    return 0


if __name__ == "__main__":
    sys.exit(main())

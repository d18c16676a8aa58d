#!/usr/bin/env python3
"""Builds the site: build.py [FOLDER], build/docs unless it is named. Needs Doxygen, no compiler."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from claims import Claims
from docstring import escape, inline, render
from guide import guides, headers, include_name

root = Path(__file__).resolve().parent.parent


def comments_of(path):
    """The comments of a source, each run of lines as one text."""
    lines = [re.search(r"//+[/!<]* ?(.*)", line) for line in path.read_text().splitlines()]
    return " ".join(match[1].strip() if match else "\0" for match in lines)


def mentions_of(claims):
    """Claim id → the files whose comments name it, in order."""
    out = {claim.id: [] for claim in claims.all}
    for path in headers():
        name = path.relative_to(root).as_posix()
        for _, _, id in claims.mentions(comments_of(path)):
            if name not in out[id]:
                out[id].append(name)
    for claim in claims.all:
        for _, _, id in claims.mentions(" ".join(claim.docstring)):
            if id != claim.id and claim.path not in out[id]:
                out[id].append(claim.path)
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


def claim_page(claim, claims, mentions):
    lines = [f"@page {claim.page} {claim.id}",
             f"<p class=\"statement\">{inline(claim.statement, claims)}</p>", "",
             *render(claim.docstring, claims), "",
             "<h3>Mutants</h3>", "",
             "False variants that the same procedure must refute.", "",
             "<table><tr><th>mutant</th><th>says</th><th>why it is false</th></tr>"]
    for mutant in claim.mutants:
        cells = [f"<code>{escape(mutant['id'])}</code>", inline(mutant["statement"], claims),
                 inline(mutant["why"], claims)]
        lines.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
    lines += ["</table>", "", "<h3>Where it is</h3>", "",
              f"- Source: {file_link(claim.path)}",
              f"- Transfers: {transfer_links(applies_to(claim, claims))}"]
    lines += [f"- Mentioned by {file_link(name)}" for name in mentions]
    lines += ["", "@code{.unparsed}", f"./hadamard verify {claim.id}", "@endcode"]
    return lines


def index_page(claims):
    lines = ["@page claims Claims", "",
             "Each claim, with its hypotheses, its source, its proof and its mutants.", "",
             "<table><tr><th>claim</th><th>says</th></tr>"]
    lines += [f"<tr><td>@subpage {claim.page} \"{claim.id}\"</td>"
              f"<td>{inline(claim.statement, claims)}</td></tr>" for claim in claims.all]
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


def main():
    output = Path(sys.argv[1] if len(sys.argv) > 1 else root / "build/docs").resolve()
    for old in ("html", "pages"):
        shutil.rmtree(output / old, ignore_errors=True)
    write_pages(output / "pages")
    sources = [*guides(), output / "pages", *headers(),
               *sorted((root / "verify/claims").glob("*/*.cpp"))]
    values = {"ROOT": root, "OUTPUT": output,
              "FILTER": f'"{sys.executable} {root}/docs/filter.py"',
              "INPUT": " ".join(f'"{path}"' for path in sources)}
    template = (root / "docs/Doxyfile.in").read_text()
    doxyfile = output / "Doxyfile"
    doxyfile.write_text(re.sub(r"@(ROOT|OUTPUT|FILTER|INPUT)@",
                               lambda match: str(values[match[1]]), template))
    # Doxygen goes on when its filter fails: what the filter says is an error too.
    run = subprocess.run(["doxygen", str(doxyfile)], cwd=root, stderr=subprocess.PIPE, text=True)
    if run.returncode != 0 or run.stderr:
        print(run.stderr, end="", file=sys.stderr)
        return run.returncode or 1
    print(output / "html/index.html")
    return 0


if __name__ == "__main__":
    sys.exit(main())

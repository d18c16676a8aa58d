#!/usr/bin/env python3
"""Doxygen's input filter: prints one of our files as Doxygen wants it. Lines keep their numbers."""

import re
import sys
from pathlib import Path

from claims import Claims
from docstring import inline, render
from formula import unicode_of
from guide import guide

root = Path(__file__).resolve().parent.parent


def source(text, claims):
    out, block = [], []

    def end_block():
        if not block:
            return
        margin = re.match(r" *", block[0])[0]
        lines = [re.sub(r"^ */// ?", "", line) for line in block]
        written = [f"{margin}/// {line}".rstrip() for line in render(lines, claims)]
        if len(written) > len(block):
            raise ValueError("a docstring grew: " + lines[0])
        # An empty line at the end of a comment says nothing, but the next line stays where it was.
        out.extend(written + [f"{margin}///"] * (len(block) - len(written)))
        block.clear()

    for line in text.splitlines():
        if re.match(r" *///(?![/<])", line):
            block.append(line)
            continue
        end_block()
        # Doxygen 1.9.4 takes `requires A::b {` for an initializer; the source view keeps it.
        line = re.sub(r" requires [\w:<>]+::\w+ \{", " {", line)
        # A class that is a friend is nobody's documentation.
        line = re.sub(r"^ *friend (class|struct) [\w:]+;$", "", line)
        before, mark, after = line.partition("///<")
        out.append(before + mark + " " + inline(after.strip(), claims) if mark else line)
    end_block()
    return "\n".join(out) + "\n"


def main():
    path = Path(sys.argv[1]).resolve()
    claims = Claims(root)
    text = path.read_text()
    if path.suffix == ".md":
        print(guide(path, text, claims), end="")
    elif path.suffix == ".cpp":  # of a claim, which has a page
        claim = next(claim for claim in claims.all if root / claim.path == path)
        print(f"/// @file\n/// The source of the claim {claims.link(claim.id)}: "
              f"{inline(unicode_of(claim.statement), claims)}.")
    else:
        print(source(text, claims), end="")


if __name__ == "__main__":
    main()

"""The claims: what docs/claims.json says of them, and the docstrings of their sources.

That file is the output of `hadamard claims --json`; a test compares the two, so that no program
needs to be built here.
"""

import json
import re
from pathlib import Path

# Not followed by what makes it a path or a longer word.
BOUNDARY = r"(?![\w-]|\.[a-z]|/\w)"


class Claim:
    """`mutants` and `transfers` as the program has them, those that functions make among them."""

    def __init__(self, said, root):
        self.id = said["id"]
        chapter, _, self.slug = self.id.partition(".")
        self.path = f"verify/claims/{chapter}/{self.slug.replace('-', '_')}.cpp"
        self.page = "claim_" + self.id.replace(".", "_").replace("-", "_")
        self.statement, self.mutants = said["statement"], said["mutants"]
        self.transfers = said["transfers"]
        top = re.match(r"(?:///.*\n)+", (root / self.path).read_text())[0].splitlines()
        self.docstring = [re.sub(r"^/// ?", "", line) for line in top if "@claim" not in line]


class Claims:
    def __init__(self, root):
        root = Path(root)
        listed = json.loads((root / "docs/claims.json").read_text())["claims"]
        self.all = [Claim(said, root) for said in listed]
        self.by_id = {claim.id: claim for claim in self.all}
        slugs = {claim.slug: claim for claim in self.all}
        if len(slugs) != len(self.all):
            raise ValueError("two claims have one slug: headers may name them by it")
        any_id = "|".join(re.escape(id) for id in self.by_id)
        any_slug = "|".join(sorted(map(re.escape, slugs), key=len, reverse=True))
        # By id anywhere; by slug after the word "claim", or alone in parentheses.
        self.pattern = re.compile(
            rf"(?<![\w.-])({any_id}){BOUNDARY}"
            rf"|(?<=claim )({any_slug}){BOUNDARY}|(?<=claims )({any_slug}){BOUNDARY}"
            rf"|(?<=\()({any_slug})(?=\))")
        self.by_name = {**slugs, **self.by_id}

    def is_id(self, text):
        return text in self.by_id

    def mentions(self, text):
        """(start, end, id) of every claim that `text` names."""
        return [(*match.span(), self.by_name[match[0]].id) for match in self.pattern.finditer(text)]

    def link(self, id, text=None):
        return f'@ref {self.by_id[id].page} "{text or id}"'

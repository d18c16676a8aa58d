"""The claims as their sources in verify/claims/ state them: no program needs to be built."""

import re
from pathlib import Path

LITERAL = r'"(?:[^"\\]|\\.)*"'
FIELD = re.compile(rf"\.(id|statement|why|drops)\s*=\s*((?:{LITERAL}\s*)+)")
# Not followed by what makes it a path or a longer word.
BOUNDARY = r"(?![\w-]|\.[a-z]|/\w)"


def joined(literals):
    """Adjacent string literals, as the compiler sees them."""
    parts = re.findall(LITERAL, literals)
    return "".join(re.sub(r"\\(.)", r"\1", part[1:-1]) for part in parts)


class Claim:
    def __init__(self, path, root):
        self.path = path.relative_to(root).as_posix()
        self.id = f"{path.parent.name}.{path.stem.replace('_', '-')}"
        self.slug = self.id.partition(".")[2]
        self.page = "claim_" + self.id.replace(".", "_").replace("-", "_")
        source = path.read_text()
        top = re.match(r"(?:///.*\n)+", source)[0].splitlines()
        self.docstring = [re.sub(r"^/// ?", "", line) for line in top if "@claim" not in line]
        fields = FIELD.findall(source[source.index("Registration registration("):])
        if fields[0][0] != "id" or joined(fields[0][1]) != self.id:
            raise ValueError(f"{self.path} does not register {self.id}")
        self.statement = next(joined(text) for name, text in fields if name == "statement")
        self.mutants = []
        for name, text in fields[1:]:
            if name == "id":
                self.mutants.append({"id": joined(text)})
            elif self.mutants:
                self.mutants[-1][name] = joined(text)
        self.mutants = [mutant for mutant in self.mutants if "why" in mutant]


class Claims:
    def __init__(self, root):
        root = Path(root)
        self.all = [Claim(path, root) for path in sorted(root.glob("verify/claims/*/*.cpp"))]
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

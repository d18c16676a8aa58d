"""Our Markdown guides as Doxygen's Markdown: claims, headers and guides that they name become
links."""

import re
from pathlib import Path

from docstring import escape

root = Path(__file__).resolve().parent.parent

PIECE = re.compile(r"`(?P<code>[^`]+)`"
                   r"|\[(?P<text>[^\]]+)\]\((?P<url>[a-z]+://[^)\s]+|[\w/-]*\.[\w./-]+)\)")


def guides():
    """Every Markdown file of the repository that is a page, the README first."""
    patterns = ("README.md", "CONTRIBUTING.md", "python/README.md", "examples/*/README.md",
                "verify/*/*.md", "bench/*/*.md")
    return [path for pattern in patterns for path in sorted(root.glob(pattern))]


def page_of(path):
    """The identifier of its page."""
    name = path.relative_to(root).with_suffix("").as_posix()
    return "index" if name == "README" else "guide_" + re.sub(r"\W", "_", name).lower()


def headers():
    return sorted([*root.glob("lib/include/**/*.hpp"), *root.glob("verify/**/*.hpp")])


def include_name(path):
    """A file as `#include` has it, which is how Doxygen tells two of one name apart."""
    return re.sub(r"^(lib/include|verify)/", "", path.relative_to(root).as_posix())


def target_of(text, folder, files):
    """What Doxygen calls the page of the file that `text` names, if it has one."""
    if not re.fullmatch(r"[\w./-]+\.(?:md|hpp)", text):
        return None
    for base in (folder, root, root / "lib/include", root / "lib/include/hadamard"):
        path = (base / text).resolve()
        if path in files:
            return page_of(path) if path.suffix == ".md" else include_name(path)
    named = [path for path in files if path.suffix == ".hpp" and path.name == text]
    return include_name(named[0]) if len(named) == 1 else None


class Guide:
    def __init__(self, path, claims):
        self.path, self.claims = path, claims
        self.files = {*guides(), *headers()}

    def code(self, text):
        target = target_of(text, self.path.parent, self.files)
        if self.claims.is_id(text):
            return f"<code>{self.claims.link(text)}</code>"
        if target:
            return f'<code>@ref {target} "{text}"</code>'
        return f"<code>{escape(text)}</code>"

    def link(self, text, url):
        if "://" in url:
            return f"[{text}]({url})"
        target = target_of(url, self.path.parent, self.files)
        if url.endswith(".png"):  # Doxygen finds it along IMAGE_PATH
            return f"[{text}]({url.rsplit('/', 1)[-1]})"
        if not target and (self.path.parent / url).exists():
            return self.code(text)
        if not target:
            raise ValueError(f"{self.path}: no page for the link to {url}")
        return f'@ref {target} "{text}"'

    def prose(self, text):
        """Emphasis by asterisks stays."""
        return escape(text).replace(r"\*", "*")

    def inline(self, text):
        out, end = [], 0
        for match in PIECE.finditer(text):
            out.append(self.prose(text[end:match.start()]))
            out.append(self.code(" ".join(match["code"].split())) + "\n" * match[0].count("\n")
                       if match["code"] else self.link(match["text"], match["url"]))
            end = match.end()
        return "".join(out) + self.prose(text[end:])

    def heading(self, line):
        marks, text = re.match(r"(#+) +(.*)", line).groups()
        return marks, escape(text.replace("`", ""))

    def table(self, rows):
        """As HTML, in which a | is no border. One row is one line."""
        out = []
        for number, row in enumerate(rows):
            if number == 1:  # the row of dashes
                continue
            cells = cells_of(row)
            tag = "th" if number == 0 else "td"
            out.append("<tr>" + "".join(f"<{tag}>{self.inline(cell.strip())}</{tag}>"
                                        for cell in cells) + "</tr>")
        out[0] = "<table>" + out[0]
        out[-1] += "</table>"
        return [*out, ""]


def cells_of(row):
    """Of a row of a table; an escaped | is one of the text."""
    return [cell.replace(r"\|", "|") for cell in re.split(r"(?<!\\)\|", row.strip().strip("|"))]


def guide(path, text, claims):
    page = Guide(path, claims)
    out, prose, rows = [], [], []
    fenced = False

    def end_run():
        if prose:
            out.extend(page.inline("\n".join(prose)).split("\n"))
            prose.clear()
        if rows:
            is_table = len(rows) > 1 and re.fullmatch(r"[|: -]+", rows[1])
            out.extend(page.table(rows) if is_table
                       else page.inline("\n".join(rows)).split("\n"))
            rows.clear()

    titled = False
    for line in re.sub(r"<!--.*?-->", "", text).splitlines():
        is_row = line.startswith("|") and not fenced
        if line.startswith("```") or fenced or line.startswith("#"):
            end_run()
        elif bool(rows) != is_row:
            end_run()
        if line.startswith("```"):
            fenced = not fenced
            out.append("@code{.unparsed}" if fenced else "@endcode")
        elif fenced:
            out.append(line)
        elif line.startswith("#"):
            marks, title = page.heading(line)
            identifier = "" if page_of(path) == "index" else f" {{#{page_of(path)}}}"
            out.append(f"{marks} {title}" if titled else f"# {title}{identifier}")
            titled = True
        else:
            (rows if is_row else prose).append(line)
    end_run()
    return "\n".join(out) + "\n"

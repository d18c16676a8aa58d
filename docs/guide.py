"""Our Markdown guides as Doxygen's Markdown: claims, headers and guides that they name become
links."""

import re
from pathlib import Path

from bibliography import CITATION, citation
from docstring import escape, plain
from formula import typeset, unicode_of

root = Path(__file__).resolve().parent.parent

PIECE = re.compile(r"`(?P<code>[^`]+)`|(?P<picture>!)?\[(?P<text>[^\]]+)\]\((?P<url>[a-z]+://[^)\s]+|[\w/-]*\.[\w./-]+)\)")

# Markers for what stays Markdown's, as no text has them: <b>, </b>, <em>, </em>, the bullet.
BOLD, BOLD_END, EM, EM_END, BULLET = "\x01\x02\x03\x04\x05"
STAYS = {BOLD: "<b>", BOLD_END: "</b>", EM: "<em>", EM_END: "</em>", BULLET: "*"}


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
        out, end = [], 0
        for start, stop, claim in self.claims.mentions(text):  # of a command
            if self.claims.is_id(text[start:stop]):
                out += [escape(text[end:start]), self.claims.link(claim)]
                end = stop
        return f"<code>{''.join(out)}{escape(text[end:])}</code>"

    def link(self, text, url):
        if "://" in url:
            return f"[{text}]({url})"
        target = target_of(url, self.path.parent, self.files)
        if url.endswith(".ipynb") or url.strip("/") == "notebooks":
            return f'@ref notebooks "{text}"'
        if not target and (self.path.parent / url).exists():
            return self.code(text)
        if not target:
            raise ValueError(f"{self.path}: no page for the link to {url}")
        return f'@ref {target} "{text}"'

    def picture(self, text, url):
        """Doxygen finds it along IMAGE_PATH. A file's name is no caption."""
        path = Path(url)
        caption = "" if text == path.stem else text.replace('"', "'")
        return f'@image html {path.name} "{caption}"' if caption else f"@image html {path.name}"

    def prose(self, text):
        return "\n".join(self.line(line) for line in text.split("\n"))

    def line(self, text):
        """A line or a piece of one: claims, formulas, citations."""
        links = [(start, stop, self.claims.link(claim, text[start:stop]))
                 for start, stop, claim in self.claims.mentions(text)]
        links += [(*match.span(), citation(match)) for match in CITATION.finditer(text)]
        out, end = [], 0
        for start, stop, link in sorted(links):
            out += [typeset(text[end:start], plain), link]
            end = stop
        return "".join(out) + typeset(text[end:], plain)

    def inline(self, text):
        text = re.sub(r"(?m)^( *)\*(?= )", rf"\1{BULLET}", text)
        pieces = re.split(r"(`[^`]+`)", text)  # no emphasis in code
        pieces[::2] = [piece.replace("**", "\x06").replace("*", "\x07") for piece in pieces[::2]]
        text = "".join(pieces)
        text = re.sub("\x06([^\x06]+)\x06", rf"{BOLD}\1{BOLD_END}", text)
        text = re.sub(r"(?<![\w)])\x07(?=\S)([^\x07]+?)(?<=\S)\x07(?!\w)", rf"{EM}\1{EM_END}", text)
        text = text.replace("\x06", "**").replace("\x07", "*")
        out, end = [], 0
        for match in PIECE.finditer(text):
            out += [self.prose(text[end:match.start()]), self.piece(match)]
            end = match.end()
        text = "".join(out) + self.prose(text[end:])
        return re.sub("[\x01-\x05]", lambda match: STAYS[match[0]], text)

    def piece(self, match):
        if match["code"]:
            return self.code(" ".join(match["code"].split())) + "\n" * match[0].count("\n")
        if match["picture"]:
            return self.picture(match["text"], match["url"])
        return self.link(match["text"], match["url"])

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
            if self.claims.is_id(cells[0].strip(" `")):  # the program prints ASCII
                cells[1] = unicode_of(cells[1])
            tag = "th" if number == 0 else "td"
            out.append("<tr>" + "".join(f"<{tag}>{self.inline(cell.strip())}</{tag}>"
                                        for cell in cells) + "</tr>")
        out[0] = "<table>" + out[0]
        out[-1] += "</table>"
        return [*out, ""]


def cells_of(row):
    """Of a row of a table; an escaped | is one of the text."""
    return [cell.replace(r"\|", "|") for cell in re.split(r"(?<!\\)\|", row.strip().strip("|"))]


def indented(line, out, prose):
    """A line of code by its indent, which follows an empty line or another one."""
    before = prose[-1] if prose else out[-1] if out else ""
    in_list = any(re.match(r" *(\*|-|\d+\.) ", text) for text in prose)
    return line.startswith("    ") and before in ("", "@endcode") and not in_list


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
        elif indented(line, out, prose):
            end_run()
            if out and out[-1] == "@endcode":
                out.pop()
            else:
                out.append("@code{.unparsed}")
            out += [line[4:], "@endcode"]
        elif line.startswith("#"):
            marks, title = page.heading(line)
            identifier = "" if page_of(path) == "index" else f" {{#{page_of(path)}}}"
            out.append(f"{marks} {title}" if titled else f"# {title}{identifier}")
            titled = True
        else:
            (rows if is_row else prose).append(line)
    end_run()
    return "\n".join(out) + "\n"

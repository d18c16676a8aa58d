"""Our plain-text docstrings, made into what Doxygen renders well.

A docstring is paragraphs, facts ("Shapes   β: (d)" with its text aligned or indented below), items within
them ("(zero)  a block …"), formulas (lines indented further than the text around them) and Doxygen's own
@pre, @throws, @param, @returns. Every paragraph becomes one line, so that there are never more than there were.
"""

import html
import re

from bibliography import CITATION, citation
from formula import display, share_of_words, typeset

COMMAND = re.compile(r"@(pre|throws|param|returns|file)\b")
LABEL = re.compile(r"([A-Z][\w-]*(?: [\w-]+){0,3}(?: \([^)]*\))?) {2,}(\S.*)|(Guarantee) (\S.*)")
ITEM = re.compile(r"""(?x)
    (?P<certain> "[^"]+"(?:,[ ]"[^"]+")* | \([\w ,-]+\) )          [ ]{2,} (?P<a>\S.*)
  | (?P<lettered> \([a-z]\) )                                       [ ]     (?P<b>\S.*)
  | (?P<aligned> [A-Za-z][\w-]*(?:<\w+>|(?:,?[ ][\w∇-]+){0,3}) | \w[ ][=≥≤<>][ ]\d+ ) [ ]{2,} (?P<c>\S.*)
  | (?P<names> [a-z]\w*(?:,[ ]\w+)+ )                              [ ]     (?P<d>\d\S*)""")
RELATION = re.compile(r" [=≤≥⇔] ")
CODE_SPAN = re.compile(r"`([^`]+)`")
EMPHASIS = re.compile(r"(?<![\w*)])\*(?=\w)([^*]*?[\w.])\*(?![\w*])")
CODE_LINE = re.compile(r"[\x00-\x7f]*(?:[{}]|\);)")


def escape(text):
    """`text` as Doxygen prints it, and nothing in it is a command, a tag, a link or emphasis."""
    text = html.escape(text, quote=True).replace("&#x27;", "'")
    text = re.sub(r"([\\@#%*_\[\]])|~(?=~)", r"\\\g<0>", text)  # \~ alone is a command
    return re.sub(r"(?<!-)--(?!-)", r"\--", text)  # no dash


def plain(text):
    """Prose between formulas. Newton is the man, not our class."""
    return re.sub(r"\bNewton\b(?!-)", "%Newton", escape(text))


def preformatted(text):
    """The same within <pre>, where Markdown is not read."""
    text = html.escape(text, quote=True).replace("&#x27;", "'")
    return re.sub(r"([\\@#%~])", r"\\\1", text)


def inline(text, claims):
    """A paragraph of prose: `code`, *emphasis*, formulas, links to the pages of claims and to what is cited."""
    out, end = [], 0
    for match in CODE_SPAN.finditer(text):
        out += [emphasized(text[end:match.start()], claims), code(match[1], claims)]
        end = match.end()
    return "".join(out) + emphasized(text[end:], claims)


def code(text, claims):
    body = claims.link(text) if claims.is_id(text) else escape(text)
    return f"<code>{body}</code>"


def emphasized(text, claims):
    out, end = [], 0
    for match in EMPHASIS.finditer(text):
        out += [prose(text[end:match.start()], claims), f"<em>{prose(match[1], claims)}</em>"]
        end = match.end()
    return "".join(out) + prose(text[end:], claims)


def prose(text, claims):
    links = [(start, stop, claims.link(claim, text[start:stop]))
             for start, stop, claim in claims.mentions(text)]
    links += [(*match.span(), citation(match)) for match in CITATION.finditer(text)]
    out, end = [], 0
    for start, stop, link in sorted(links):
        if start >= end:
            out += [typeset(text[end:start], plain), link]
            end = stop
    return "".join(out) + typeset(text[end:], plain)


def indent_of(line):
    return len(line) - len(line.lstrip(" "))


def formula(lines):
    """Lines that are formulas, as one; None where they are not."""
    if any(share_of_words(line) > (0.8 if RELATION.search(line) else 0.6) for line in lines):
        return None
    rows = [[display(cell) for cell in re.split(r" {2,}", line.strip())] for line in lines]
    if any(cell is None for row in rows for cell in row):
        return None
    if len({len(row) for row in rows}) == 1:
        body = [" & " + " && ".join(row) for row in rows]
    else:
        body = [" & " + r" \quad ".join(row) for row in rows]
    return r"\f[\begin{aligned}" + r" \\ ".join(body) + r"\end{aligned}\f]"


def item_of(line):
    """(label, text) of a line that may be an item."""
    match = ITEM.fullmatch(line.strip())
    if not match:
        return None
    label, text = [part for part in match.groups() if part is not None]
    return label.strip(), text


class Body:
    """The text under one label, or under none, as HTML on one line a paragraph."""

    def __init__(self, lines, base, claims):
        self.lines, self.base, self.claims = lines, base, claims
        self.columns = [self.column(line) for line in lines]
        self.out, self.text, self.raised = [], [], []
        self.item = self.item_indent = None  # where the text of the item that is open is aligned, and its label

    @staticmethod
    def column(line):
        """(indent, column) of a line that may be an item."""
        item = item_of(line)
        return (indent_of(line), len(line.rstrip()) - len(item[1])) if item else None

    def is_item(self, number):
        """Its label says so, or another line that is aligned alike."""
        place = self.columns[number]
        if not place or place[0] < self.base:
            return False
        following = self.lines[number + 1] if number + 1 < len(self.lines) else ""
        return (self.lines[number].strip()[0] in '("'
                or self.columns.count(place) > 1 or following.strip() != "" and indent_of(following) == place[1])

    def flush(self):
        if self.raised:
            least = min(indent_of(line) for line in self.raised)
            lines = [line[least:].rstrip() for line in self.raised]
            written = None if any(CODE_LINE.fullmatch(line) for line in lines) else formula(lines)
            if written:
                self.out.append(written)
            elif any(CODE_LINE.fullmatch(line) for line in lines):
                self.out.append("<pre>" + "\n".join(map(preformatted, lines)) + "</pre>")
            else:
                self.out.append("<br>".join(inline(line, self.claims) for line in lines))
        elif self.text:
            self.out.append(inline(" ".join(self.text), self.claims))
        self.raised, self.text = [], []

    def close_item(self):
        if self.item is not None:
            self.flush()
            self.out.append("</dd></dl>")
            self.item = None

    def html(self):
        for number, line in enumerate(self.lines):
            stripped, indent = line.strip(), indent_of(line)
            if not stripped:
                self.flush()
                self.out.append("<p>")
            elif self.is_item(number):
                label, text = item_of(line)
                self.flush()
                self.out.append('<dl class="items">' if self.item is None else "</dd>")
                self.out.append(f"<dt>{inline(label, self.claims)}</dt><dd>")
                self.item_indent, self.item = self.columns[number]
                self.text = [text]
            elif self.item is not None and indent > self.item_indent:
                self.take(line, indent > self.item or indent < self.item and share_of_words(line) < 0.3)
            else:
                self.close_item()
                self.take(line, indent > self.base)
        self.close_item()
        self.flush()
        return " ".join(self.out).replace(" </dd>", "</dd>").replace("<dd> ", "<dd>")

    def take(self, line, raised):
        if raised:
            if self.text:
                self.flush()
            self.raised.append(line)
        else:
            if self.raised:
                self.flush()
            self.text.append(line.strip())


def base_of(following, column):
    """Where the text of a fact is aligned: with its first line, or indented below."""
    indents = [indent_of(line) for line in following if line.strip()]
    return column if not indents or column in indents else min(indents)


def commanded(text, claims):
    """A line with @pre and the like, which may stand behind a sentence."""
    out, start = [], 0
    for match in COMMAND.finditer(text):
        out.append(inline(text[start:match.start()].rstrip(), claims))
        start = match.end()
        argument = re.match(r" +\w+", text[start:])
        if match[1] in ("throws", "param") and argument:
            start += argument.end()
        out.append(text[match.start():start])
    return " ".join([*out, inline(text[start:], claims)]).strip()


def blocks(lines):
    """(kind, lines) of the facts, commands and other paragraphs of a docstring."""
    number = 0
    while number < len(lines):
        line, start = lines[number], number
        number += 1
        if not line.strip():
            continue
        if line.strip() == "@file":
            yield "text", [line]
            continue
        label = LABEL.fullmatch(line)
        kind = "command" if COMMAND.match(line.strip()) else "fact" if label else "text"
        while number < len(lines):
            following = lines[number]
            if not following.strip():
                after = next((line for line in lines[number:] if line.strip()), "")
                if kind == "command" or indent_of(after) == 0 or (
                        kind == "text" and not item_of(after)):
                    break
            elif COMMAND.match(following.strip()):
                break
            elif indent_of(following) == 0 and (kind == "fact" or LABEL.fullmatch(following)):
                break
            number += 1
        yield kind, lines[start:number]


def fact(lines, claims):
    label = LABEL.fullmatch(lines[0])
    name, text = label[1] or label[3], label[2] or label[4]
    column = len(lines[0]) - len(text)
    base = base_of(lines[1:], column)
    body = Body([" " * base + text, *lines[1:]], base, claims).html()
    return f"<dt>{escape(name)}</dt><dd>{body}</dd>"


def render(lines, claims):
    out, last = [], None
    for kind, part in blocks(lines):
        if last == "fact" and kind != "fact":
            out[-1] += "</dl>"
        if kind == "fact":
            if last != "fact":
                out += [""] if out and last == "text" else []
                out.append('<dl class="facts">' + fact(part, claims))
            else:
                out.append(fact(part, claims))
        elif kind == "command":
            out.append(commanded(" ".join(line.strip() for line in part), claims))
        else:
            split = next((at for at, line in enumerate(part) if "@pre" in line), None)
            out += [""] if last == "text" and out[-1] != "@file" else []
            body = part[0] if part[0].strip() == "@file" else Body(part, 0, claims).html() if split is None else \
                commanded(" ".join(line.strip() for line in part), claims)
            out.append(body)
        last = kind
    if last == "fact":
        out[-1] += "</dl>"
    return "\n".join(out).split("\n") if out else []

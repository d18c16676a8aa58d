"""Our plain-text docstrings, made into what Doxygen renders well.

A docstring is paragraphs, facts ("Shapes   β: (d)" with its text aligned or indented below),
formulas (lines indented further than the text around them) and Doxygen's own @pre, @throws, @param,
@returns.
"""

import html
import re

COMMAND = re.compile(r"@(pre|throws|param|returns|file)\b")
LABEL = re.compile(r"([A-Z][\w-]*(?: [\w-]+){0,3}(?: \([^)]*\))?) {2,}(\S.*)")
ITEM = re.compile(r"(\([\w ,-]+\)) {2,}(\S.*)")
CODE_SPAN = re.compile(r"`([^`]+)`")
# *words*, as `escape` leaves them; u*v is a product.
EMPHASIS = re.compile(r"(?<![\w\\)])\\\*([a-z](?:[\w ,-]*\w)?)\\\*(?![\w(])")


def escape(text):
    """`text` as Doxygen prints it, and nothing in it is a command, a tag, a link or emphasis."""
    text = html.escape(text, quote=True).replace("&#x27;", "'")
    text = re.sub(r"([\\@#%*_\[\]~])", r"\\\1", text)
    return re.sub(r"(?<!-)--(?!-)", r"\\--", text)  # no dash


def preformatted(text):
    """The same within <pre>, where Markdown is not read."""
    text = html.escape(text, quote=True).replace("&#x27;", "'")
    return re.sub(r"([\\@#%~])", r"\\\1", text)


def inline(text, claims):
    """One line of prose: `code`, and links to the pages of claims."""
    out, end = [], 0
    for match in CODE_SPAN.finditer(text):
        out += [prose(text[end:match.start()], claims), code(match[1], claims)]
        end = match.end()
    return "".join(out) + prose(text[end:], claims)


def code(text, claims):
    body = claims.link(text) if claims.is_id(text) else escape(text)
    return f"<code>{body}</code>"


def prose(text, claims):
    out, end = [], 0
    for start, stop, claim in claims.mentions(text):
        out += [escape(text[end:start]), claims.link(claim, text[start:stop])]
        end = stop
    return EMPHASIS.sub(r"<em>\1</em>", "".join(out) + escape(text[end:]))


def indent_of(line):
    return len(line) - len(line.lstrip(" "))


class Renderer:
    """Writes a docstring as lines, at most as many as it had, so that line numbers stay."""

    def __init__(self, claims):
        self.claims = claims
        self.out = []
        self.text = []      # of the paragraph that is being read
        self.formula = []
        self.opening = ""   # tags before the next paragraph
        self.in_facts = False

    def flush(self):
        if self.formula:
            least = min(indent_of(line) for line in self.formula)
            lines = [preformatted(line[least:]) for line in self.formula]
            lines[0] = self.opening + "<pre>" + lines[0]
            lines[-1] += "</pre>"
            self.out += lines
        elif self.text or self.opening:
            self.out.append(self.opening + " ".join(self.command_or_prose(" ".join(self.text))))
        self.formula, self.text, self.opening = [], [], ""

    def command_or_prose(self, text):
        """@pre and the like may stand behind a sentence on its line."""
        start = 0
        for match in COMMAND.finditer(text):
            yield inline(text[start:match.start()].rstrip(), self.claims)
            if self.in_facts:
                self.in_facts = False
                yield "</dd></dl>"
            start = match.end()
            argument = re.match(r" +\w+", text[start:])
            if match[1] in ("throws", "param") and argument:
                start += argument.end()
            yield text[match.start():start]
        yield inline(text[start:], self.claims)

    def close_facts(self):
        self.flush()
        if self.in_facts:
            self.out[-1] += "</dd></dl>"
            self.in_facts = False

    def fact(self, label, text):
        self.flush()
        before = "</dd>" if self.in_facts else '<dl class="facts">'
        self.opening = f"{before}<dt>{escape(label)}</dt><dd>"
        self.in_facts = True
        self.text = [text]

    def render(self, lines):
        body = 0     # where the text of this paragraph is aligned
        inner = None  # and that of an item within it
        for number, line in enumerate(lines):
            stripped, indent = line.strip(), indent_of(line)
            label = LABEL.fullmatch(line)
            item = ITEM.fullmatch(stripped)
            if not stripped:
                self.close_facts()
                self.flush()
                self.out.append("")
                body, inner = 0, None
            elif stripped == "@file":
                self.out.append(stripped)
            elif COMMAND.match(stripped):
                self.close_facts()
                self.flush()
                self.text = [stripped]
                body, inner = 100, None
            elif label and body < 100:
                self.fact(label[1], label[2])
                body, inner = self.body_of(lines[number + 1:],
                                           line.index(label[2], len(label[1]))), None
            elif indent == 0 and body != 100:
                if self.in_facts:
                    self.close_facts()
                elif self.formula:
                    self.flush()
                self.text.append(stripped)
                body, inner = 0, None
            elif item and indent == body:
                self.flush()
                self.opening = "<p>"
                self.text = [stripped]
                inner = line.index(item[2], indent + len(item[1]))
            elif indent > body and indent != inner:
                if not self.formula and self.text:
                    self.flush()
                self.formula.append(line)
            else:
                if self.formula:
                    self.flush()
                self.text.append(stripped)
        self.close_facts()
        self.flush()
        return self.out

    @staticmethod
    def body_of(following, column):
        indents = []
        for line in following:
            if not line.strip() or indent_of(line) == 0:
                break
            indents.append(indent_of(line))
        return column if not indents or column in indents else min(indents)


def render(lines, claims):
    return Renderer(claims).render(lines)

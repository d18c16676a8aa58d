"""The formulas of our comments and guides, which are written in Unicode, as TeX for MathJax.

`spans` finds them in a line of prose; `display` takes a line that is a formula throughout. What is
not understood stays the text it was.
"""

import re

FUNCTIONS = {"abs", "argmin", "argmax", "cos", "det", "diag", "dim", "dist", "exp", "grad", "inf", "ker", "log",
             "max", "min", "prox", "rank", "sign", "sin", "sqrt", "sup", "supp", "tr", "vec"}
KNOWN = {"argmin": r"\operatorname*{arg\,min}", "argmax": r"\operatorname*{arg\,max}",
         **{name: "\\" + name for name in ("cos", "det", "dim", "exp", "inf", "ker", "log", "max", "min",
                                            "sin", "sup")}}
PRODUCTS = {"DK", "Dγ", "DP", "UV", "uv", "ab", "wq", "YV", "Gv", "Hs", "yz", "tM",
            "AX", "PDQ", "ZZ", "BB", "mC", "dt", "dS", "dC"}

GREEK = dict(zip("αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΦΨΩ", (
    r"\alpha \beta \gamma \delta \varepsilon \zeta \eta \theta \iota \kappa \lambda \mu \nu \xi \pi \rho "
    r"\sigma \tau \upsilon \varphi \chi \psi \omega \Gamma \Delta \Theta \Lambda \Xi \Phi \Psi \Omega").split()))
OPERANDS = {**GREEK, "ℓ": r"\ell", "∞": r"\infty", "½": r"\tfrac12", "¼": r"\tfrac14", "…": r"\dots", "⋯": r"\cdots",
            "ℝ": r"\mathbb{R}", "∅": r"\emptyset", "ø": r"\varnothing"}
PREFIXES = {"∇": r"\nabla", "∂": r"\partial", "Σ": r"\sum", "Π": r"\prod", "√": r"\sqrt", "∀": r"\forall"}
BINARY = {"+": "+", "−": "-", "-": "-", "±": r"\pm", "∓": r"\mp", "·": r"\cdot", "×": r"\times", "⊙": r"\odot",
          "⊗": r"\otimes", "⊕": r"\oplus", "∘": r"\circ", "/": "/", "∪": r"\cup", "∩": r"\cap",
          "∖": r"\setminus"}
RELATIONS = {"=": "=", "<": "<", ">": ">", "≤": r"\le", "≥": r"\ge", "≠": r"\ne", "∈": r"\in", "∉": r"\notin",
             "⊂": r"\subset", "⊆": r"\subseteq", "→": r"\to", "←": r"\leftarrow", "↦": r"\mapsto",
             "≈": r"\approx", "≡": r"\equiv", "∼": r"\sim", "~": r"\sim", "⪰": r"\succeq", "≻": r"\succ",
             "⪯": r"\preceq", "≺": r"\prec", "⟂": r"\perp", "∥": r"\parallel", "⇒": r"\Rightarrow",
             "⇐": r"\Leftarrow", "⇔": r"\Leftrightarrow", "≪": r"\ll", "≫": r"\gg"}
OPEN = {"(": "(", "[": "[", "{": r"\{", "⟨": r"\langle", "⌈": r"\lceil", "⌊": r"\lfloor"}
CLOSE = {")": ")", "]": "]", "}": r"\}", "⟩": r"\rangle", "⌉": r"\rceil", "⌋": r"\rfloor"}
PAIRS = {")": "([", "]": "([", "}": "{", "⟩": "⟨", "⌉": "⌈", "⌋": "⌊"}
BARS = {"|": ("\\lvert", "\\rvert"), "‖": ("\\lVert", "\\rVert")}
RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵀᵏⁿᵐᵖ", "0 1 2 3 4 5 6 7 8 9 + - \\top k n m p".split()))
LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋ₖₙ⸝", "0123456789+-kn/"))
ACCENTS = {"\u0302": r"\hat", "\u0303": r"\tilde", "\u0304": r"\bar", "\u0307": r"\dot"}

LETTER = "A-Za-zα-ωΓΔΘΛΞΦΨΩℓ"
PRECOMPOSED = {"ŷ": "y\u0302", "ê": "e\u0302", "ĝ": "g\u0302", "ŝ": "s\u0302", "ẑ": "z\u0302"}
TOKEN = re.compile(rf"""
    (?P<space>[ ]+)
  | (?P<word> (?:[A-Z]\.[ ]){{2,}}[A-Z][a-z]+                         # K. P. Hadeler
      | \w+<[^<>\ ]*>                                             # Real<50>
      | [\w/]*\w\.[A-Za-z_]\w*(?:\.\w+)*(?:\(\))?                 # f.size(), minima/decide.hpp, e.g
      | [A-Za-z]-[A-Za-z]{{2,}} | [A-Za-z]\+\+                     # L-BFGS, C++
      | [a-z]0 | KŁ | [µm]s\b | C\d\d | arXiv[ ][\d.]+\d | \d+(?:st|nd|rd|th)\b | \d+[ ]?%
      | ['’]s\b )
  | (?P<number>\d+(?:\.\d+)?(?:e[-−+]?\d+)?)
  | (?P<product>{'|'.join(PRODUCTS)})(?![A-Za-z-]|['’]s|_\w\w)
  | (?P<label>[A-Za-z]{{3,}})(?=\^|_[α-ω])
  | (?P<name>(?:{'|'.join(FUNCTIONS)})(?=_[^\W_]|_\{{|[{{(]) | [A-Za-z]{{2,}}(?:[-–_'’][A-Za-z0-9]+)*(?![{LETTER}\u0302-\u0307])(?![⁻⁰-₊\u00b2\u00b3ᵀ]|\^)
      (?!_[\w{{])
      | [A-Za-z]{{2,}}(?:_[A-Za-z0-9]+)+)
  | (?P<symbol>[{LETTER}½¼…⋯∞ℝ∅][\u0302-\u0307]?)
  | (?P<script>[_^](?:\{{|\(|\*|[-−]?(?:[a-zα-ωℓ]+\d*|[A-ZΓ-Ω]|\d+|∞)(?:,[a-z\d]+)*)
      | [{''.join(RAISED)}]+ | [{''.join(LOWERED)}]+ | (?<=[\w)\u0302])['′″]+(?![A-Za-z]) | (?<=[\w)\u0302])\*(?![\w*]))
  | (?P<other>.)
""", re.X)
ARTICLES = {"a", "A", "I"}  # and the pronoun


class Token:
    def __init__(self, kind, text, start):
        self.kind, self.text, self.start, self.end = kind, text, start, start + len(text)


def tokens_of(text):
    out, at = [], 0
    while at < len(text):
        match = TOKEN.match(text, at)
        kind, token = match.lastgroup, match[0]
        if kind == "name" and token in FUNCTIONS:
            kind = "function"
        elif kind in ("product", "label"):
            kind = "symbol"
        elif kind == "name":
            kind = "word"
        elif kind == "other":
            for name, table in (("prefix", PREFIXES), ("binary", BINARY), ("relation", RELATIONS),
                                ("open", OPEN), ("close", CLOSE), ("bar", BARS)):
                if token in table:
                    kind = name
            if token in ",;:":
                kind = "comma"
        if kind == "script" and token[-1] in "{(":
            end = closing(text, match.end() - 1)
            if end is None:
                kind, token = "other", token[0]
            else:
                token = text[match.start():end]
        out.append(Token(kind, token, at))
        at += len(token)
    # A letter of a longer word, as in `x-axis`, and the article are text.
    for place, token in enumerate(out):
        before = out[place - 1] if place else None
        after = out[place + 1] if place + 1 < len(out) else None
        if token.kind == "symbol" and token.text in ARTICLES and is_article(out, place):
            token.kind = "word"
        elif token.kind == "comma" and token.text == ":" and (not after or after.kind == "space"):
            token.kind = "stop"
        elif token.kind == "binary" and token.text in "-/" and before and after and \
                "word" in (before.kind, after.kind):
            token.kind = "other"
        elif token.kind == "relation" and token.text == "~" and (not after or after.kind != "space"):
            token.kind = "other"
    return out


def is_article(tokens, place):
    """`a`, `A` or `I` with no sign of a formula beside it."""
    def near(step):
        at = place + step
        while 0 <= at < len(tokens) and tokens[at].kind == "space":
            at += step
        return tokens[at] if 0 <= at < len(tokens) else None
    if len(tokens) == 1:
        return False
    if tokens[place].text == "I":
        before, after = near(-1), near(1)
        return (before is None or before.kind == "word") and after is not None and after.kind == "word"
    if tokens[place].text == "A":  # within a sentence it is a matrix
        before, after = near(-1), near(1)
        return (before is None or before.text in ".:(") and after is not None and after.kind == "word"
    touching = [tokens[at].kind for at in (place - 1, place + 1) if 0 <= at < len(tokens)]
    if any(kind in ("script", "open", "close", "bar", "symbol", "number", "binary") for kind in touching):
        return touching == ["open", "space"] and near(1).kind == "word"
    signs = ("binary", "relation")
    before, after = near(-1), near(1)
    return not (before and before.kind in signs or after and after.kind in signs)


def closing(text, start):
    """One beyond the bracket that closes that at `start`."""
    depth = 0
    for at in range(start, len(text)):
        depth += (text[at] in "({") - (text[at] in ")}")
        if depth == 0:
            return at + 1
    return None


MATH = {"space", "number", "function", "symbol", "script", "prefix", "binary", "relation", "open", "close",
        "bar", "comma"}


def spans(text):
    """(start, end, TeX) of each formula in a line of prose."""
    tokens, out, at = tokens_of(text), [], 0
    while at < len(tokens):
        if tokens[at].kind not in MATH or tokens[at].kind in ("space", "close", "comma"):
            at += 1
            continue
        end, at_next = run_from(tokens, at)
        run = trimmed(tokens[at:end])
        if run and is_formula(run):
            source = [token for token in run]
            written = tex(source)
            if written is not None:
                out.append((run[0].start, run[-1].end, written))
        at = max(at_next, at + 1)
    return out


def run_from(tokens, start):
    """The tokens [start, end) of one formula, and where to go on."""
    stack = []
    at = start
    while at < len(tokens):
        token = tokens[at]
        inner = token.kind == "stop" and stack and stack[-1][0] == "{"  # {S(ξ) : K(ξ) = β}
        if token.kind not in MATH and not inner or token.kind == "space" and len(token.text) > 1 and not stack:
            break
        if token.kind == "open":
            stack.append((token.text, at))
        elif token.kind == "close":
            if not stack or stack[-1][0] not in PAIRS[token.text]:
                break
            stack.pop()
        elif token.kind == "comma" and not stack:
            break
        elif token.kind == "space" and not stack and at > start and \
                tokens[at - 1].kind not in ("relation", "binary", "prefix") and is_remark(tokens, at + 1):
            break
        at += 1
    if not stack:
        return at, at
    first = stack[0][1]
    return first, first + 1


def is_remark(tokens, at):
    """A bracket behind a space that holds a remark rather than a factor: `k = 2 (C = uv)`."""
    if at >= len(tokens) or tokens[at].text != "(":
        return False
    depth = 0
    for token in tokens[at:]:
        depth += (token.kind == "open") - (token.kind == "close")
        if depth == 0:
            return False
        if depth == 1 and token.kind in ("comma", "relation", "word", "stop"):
            return True
    return True


def trimmed(run):
    while run and (run[-1].kind in ("space", "comma", "function", "open", "prefix")
                   or run[-1].kind == "binary"):
        run = run[:-1]
    while run and (run[0].kind in ("space", "comma", "script")
                   or run[0].kind == "binary" and run[0].text in "/·×+"):
        run = run[1:]
    return run


def is_formula(run):
    if not any(token.kind in ("symbol", "number") for token in run):
        return len(run) == 1 and run[0].text in "⇒⇐⇔∇"
    letters = [token for token in run if token.kind == "symbol" and token.text not in "…"]
    special = any("e" in token.text and token.kind == "number" or token.kind in ("script", "prefix", "bar") or token.text in "≤≥≠∈⟨√±≈½" for token in run)
    return bool(letters) or special


def sign_of(token, table):
    return table[token.text] + " "


def letter(text):
    base = "".join(OPERANDS.get(c, c) for c in text[:1])
    if len(text) == 2 and text[1] in ACCENTS:
        return f"{ACCENTS[text[1]]}{{{base}}}"
    return base


def symbol(text):
    if text in PRODUCTS:
        if text.startswith("D"):
            return r"\mathrm{D}" + letter(text[1:])
        return text
    if len(text) > 2:
        return rf"\mathrm{{{text}}}"
    return letter(text) + (" " if letter(text)[-1:].isalpha() and letter(text)[:1] == "\\" else "")


def script(text):
    """(sign, TeX) of what is raised or lowered."""
    if text[0] in RAISED:
        return "^", " ".join(RAISED[c] for c in text)
    if text[0] in LOWERED:
        return "_", "".join(LOWERED[c] for c in text)
    if text[0] in "'′″":
        return "^", r"\prime " * sum(2 if c == "″" else 1 for c in text)
    if text == "*":
        return "^", r"\ast"
    body = text[1:]
    if body[0] in "{(":
        body = body[1:-1]
    if re.fullmatch(r"[a-z]{3,}", body):
        return text[0], rf"\mathrm{{{body}}}"
    if re.fullmatch(r"[a-z]{2}", body):
        return text[0], body
    if body == "*":
        return text[0], r"\ast"
    written = display(body, words=True)
    return (text[0], written) if written is not None else (text[0], None)


def tex(tokens):
    """The formula of some tokens, None if brackets or scripts are not in order."""
    out = []          # pieces; the last is what a script belongs to
    scripts = set()   # of the last piece
    stack = []        # how brackets that are open end
    bars = []
    rooted = False    # the last piece is the root of one letter
    for place, token in enumerate(tokens):
        before = tokens[place - 1] if place else None
        after = tokens[place + 1] if place + 1 < len(tokens) else None
        operand_before = before is not None and before.kind in ("number", "symbol", "script", "close") \
            or before is not None and before.kind == "bar" and before.closes
        piece = None
        if token.kind == "space":
            if len(token.text) > 1:
                out.append(r"\quad ")
                scripts = set()
            elif before is not None and after is not None and before.kind in ("symbol", "script", "close") \
                    and after.kind == "symbol":
                out.append(r"\,")
            continue
        if token.kind == "script":
            sign, body = script(token.text)
            if body is None or not out:
                return None
            if sign == "_" and rooted and not scripts:
                out[-1] = out[-1][:-1] + f"_{{{body}}}}}"
                continue
            if sign in scripts:
                out[-1] = "{" + out[-1] + "}"
                scripts = set()
            out[-1] += f"{sign}{{{body}}}"
            scripts.add(sign)
            continue
        if token.kind == "function":
            if token.text in ("abs", "sqrt") and after is not None and after.text == "(":
                stack.append((token.text, "pending"))
                continue
            piece = KNOWN.get(token.text, rf"\operatorname{{{token.text}}}")
            piece += " " if piece[-1].isalpha() else ""
        elif token.kind == "number":
            piece = number(token.text)
            if before is not None and before.text == "ℓ":
                piece = f"_{{{piece}}}"
        elif token.kind == "symbol":
            piece = symbol(token.text)
        elif token.kind == "prefix":
            piece = PREFIXES[token.text] + " "
            if token.text in "ΣΠ" and is_matrix(tokens, place):
                piece = r"\Sigma " if token.text == "Σ" else r"\Pi "
            if token.text == "√":
                stack.append(("root", None))
                continue
        elif token.kind == "binary":
            piece = sign_of(token, BINARY)
        elif token.kind == "relation":
            piece = sign_of(token, RELATIONS)
        elif token.kind == "word":
            piece = rf"\text{{{words(token.text)}}}"
        elif token.kind in ("comma", "stop"):
            piece = token.text + (r"\ " if after is not None and after.kind == "space" else "")
        elif token.kind == "bar":
            spaced = before is not None and after is not None and before.kind == after.kind == "space"
            if token.text == "|" and spaced and "|" not in bars:
                token.closes = False
                piece = r"\mid "
            elif token.text in bars and operand_before:
                if bars[-1] != token.text:
                    return None
                bars.pop()
                token.closes = True
                piece = BARS[token.text][1] + " "
            else:
                bars.append(token.text)
                token.closes = False
                piece = BARS[token.text][0] + " "
        elif token.kind == "open":
            name = "plain"
            if stack and stack[-1] == ("abs", "pending"):
                name = "abs"
                stack.pop()
            elif stack and stack[-1] == ("sqrt", "pending"):
                name = "sqrt"
                stack.pop()
            elif stack and stack[-1] == ("root", None):
                name = "sqrt"
                stack.pop()
            stack.append((name, token.text, len(out)))
            piece = {"plain": OPEN[token.text] + (" " if OPEN[token.text][-1:].isalpha() else ""),
                     "abs": r"\lvert ", "sqrt": r"\sqrt{"}[name]
        elif token.kind == "close":
            if not stack or len(stack[-1]) != 3 or stack[-1][1] not in PAIRS[token.text]:
                return None
            name, _, opened = stack.pop()
            piece = {"plain": CLOSE[token.text] + (" " if CLOSE[token.text][-1:].isalpha() else ""),
                     "abs": r"\rvert ", "sqrt": "}"}[name]
            if name == "sqrt":  # one piece, so that a script belongs to all of it
                piece = "".join(out[opened:]) + piece
                del out[opened:]
        else:
            return None
        if stack and stack[-1] == ("root", None) and token.kind != "open":
            stack.pop()
            piece, rooted = rf"\sqrt{{{piece}}}", True
        else:
            rooted = False
        out.append(piece)
        scripts = set()
    if stack or bars:
        return None
    return "".join(out).strip()


def is_matrix(tokens, place):
    """Σ or Π that is no sum and no product: between factors, alone, or raised to a power."""
    rest = [token for token in tokens[place + 1:] if token.kind != "space"]
    before = [token for token in tokens[:place] if token.kind != "space"]
    if not rest or rest[0].kind in ("close", "relation", "comma") or rest[0].text.startswith("^"):
        return True
    base = [token for token in before if token.kind != "script"]
    return rest[0].kind == "symbol" and bool(base) and base[-1].text in set("ABCDUV")


def number(text):
    match = re.fullmatch(r"([\d.]+)e([-−+]?)(\d+)", text)
    if not match:
        return text
    sign = "-" if match[2] in ("-", "−") else ""
    power = f"10^{{{sign}{match[3]}}}"
    return power if match[1] == "1" else rf"{match[1]}\cdot {power}"


def words(text):
    return re.sub(r"([_%#&$])", r"\\\1", text)


def display(text, words=False):
    """A whole line as one formula, words in it upright (or as they are); None if it is not understood."""
    tokens = []
    for token in tokens_of(text):
        if token.kind == "other" and token.text in "/-":
            token.kind = "binary"
        elif token.kind in ("other", "stop") and token.text in ".,;:":
            token.kind = "comma"
        if token.kind == "other":
            return None
        if token.kind == "word" and len(tokens) > 1 and tokens[-2].kind == "word" and tokens[-1].text == " ":
            tokens.pop()
            tokens[-1].text += " " + token.text
        else:
            tokens.append(token)
    if not words:
        for before, token in zip([None, *tokens], tokens):
            if token.kind == "word" and before is not None and before.text == " ":
                token.text = " " + token.text
        for token, after in zip(tokens, tokens[1:]):
            if token.kind == "word" and after.text == " ":
                token.text += " "
    return tex(tokens)


def share_of_words(text):
    """How much of a line is prose."""
    tokens = [token for token in tokens_of(text) if token.kind != "space"]
    prose = sum(len(token.text) for token in tokens if token.kind in ("word", "other"))
    return prose / max(1, sum(len(token.text) for token in tokens))


def typeset(text, plain):
    """A line of prose with its formulas for MathJax; `plain` writes what lies between."""
    out, end = [], 0
    for start, stop, written in spans(text):
        out += [plain(text[end:start]), rf"\f${written}\f$"]
        end = stop
    return "".join(out) + plain(text[end:])


ASCII = [(r"\bd([A-Z])/dpsi\b", r"∂\1/∂ψ"), (r"\bd_(?=u|nu)", "∂_"), (r"\^(-\d+/\d+)", r"^{\1}"), (r"\|\|", "‖"),
         (r"\b([a-z])\+ =", r"\1⁺ ="), (r"(?<=\b[a-z])\*(?=[a-z])", "·"),
         (r"\blambda\b", "λ"), (r"\bxi\b", "ξ"), (r"\bbeta(?=\b|_)", "β"), (r"\beta\b", "η"), (r"\bpsi\b", "ψ"),
         (r"\bnu(?=\b|_)", "ν"), (r"\bmu\b", "μ"), (r"\bTheta(?=\()", "Θ"), (r"\bgrad (?=[A-Z(])", "∇"),
         (r"\bsum_", "Σ_"), (r"<=", "≤"), (r">=", "≥"), (r"!=", "≠"), (r"=>", "⇒"), (r"->", "→"), (r"\+-", "±"),
         (r"(?<=[A-Z]) o (?=[A-Z])", "∘"), (r"<(?=[∇A-Za-z][ A-Z]*,)", "⟨"), (r"(?<=, ∇[A-Z])>", "⟩"),
         (r"\b[dD]([A-Z]) ∇", r"D\1∇"), (r"\.\.\.", "…"), (r" - ", " − "), (r"(?<=[\^(= ])-(?=[\dλgl(])", "−"),
         (r"-(?=\d+/\d+)", "−")]


def unicode_of(text):
    """The ASCII formulas of what the program prints, in the spelling of the comments."""
    for pattern, sign in ASCII:
        text = re.sub(pattern, sign, text)
    return text

"""The page of the notebooks, and those that have been executed, which need no network in the site."""

import json
import re
from pathlib import Path

from docstring import escape, inline

root = Path(__file__).resolve().parent.parent
executed = root / "build/notebooks"  # where notebooks/execute leaves them


def notebooks():
    return sorted((root / "notebooks").glob("*.ipynb"))


def question(path):
    """What it opens with: the heading of its first cell."""
    first = json.loads(path.read_text())["cells"][0]
    return "".join(first["source"]).splitlines()[0].lstrip("# ")


def notebooks_page(claims):
    lines = ["@page notebooks Notebooks", "",
             "Each opens with the question it answers, computes through the Python module and draws with Matplotlib.", "",
             "<table><tr><th>notebook</th><th>question</th></tr>"]
    missing = 0
    for path in notebooks():
        html = executed / f"{path.stem}.html"
        missing += not html.exists()
        name = escape(path.stem)
        link = f'<a href="notebooks/{html.name}">{name}</a>' if html.exists() else f"<code>{name}</code>"
        lines.append(f"<tr><td>{link}</td><td>{inline(question(path), claims)}</td></tr>")
    lines.append("</table>")
    if missing:
        lines += ["", "Those without a link had not been executed when this site was built:", "",
                  "@code{.unparsed}", "notebooks/execute", "docs/make", "@endcode"]
    return lines


MATHJAX = """<script type="text/x-mathjax-config">
MathJax.Hub.Config({extensions: ["tex2jax.js", "TeX/AMSmath.js", "TeX/AMSsymbols.js"], jax: ["input/TeX", "output/SVG"],
  tex2jax: {inlineMath: [["$", "$"]], processEscapes: true}, messageStyle: "none", SVG: {linebreaks: {automatic: true}}});
</script>
<script src="../mathjax/MathJax.js">"""


def without_network(text):
    """Of what nbconvert fetches, from the network or from this machine, MathJax is here; require.js serves widgets only."""
    text = re.sub(r'<script[^>]*src="(?:https?|file)://[^"]*MathJax\.js[^"]*"[^>]*>', MATHJAX, text, flags=re.I)
    return re.sub(r'<script[^>]*src="(?:https?|file)://[^"]*"[^>]*>\s*</script>', "", text)


def copy_executed(html):
    for path in notebooks():
        page = executed / f"{path.stem}.html"
        if page.exists():
            (html / "notebooks").mkdir(exist_ok=True)
            (html / "notebooks" / page.name).write_text(without_network(page.read_text()))

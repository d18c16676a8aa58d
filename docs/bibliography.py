"""What the sources cite: keys like [SE], and numbers of arXiv. A test compares this list with them."""

import re

# The key, if the sources use one, the number of arXiv, and the rest.
WORKS = [
    ("SE", "2307.03571", "C. Kolb, C. L. Müller, B. Bischl, D. Rügamer: Smoothing the Edges: Smooth Optimization for "
     "Sparse Regularization using Hadamard Overparametrization. 2023."),
    ("DG", "2509.23898", "C. Kolb, L. Frost, B. Bischl, D. Rügamer: Differentiable Sparsity via D-Gating: Simple and "
     "Versatile Structured Penalization. 2025."),
    ("DWF", "2502.02496", "C. Kolb, T. Weber, B. Bischl, D. Rügamer: Deep Weight Factorization: Sparse Learning Through "
     "the Lens of Artificial Symmetries. ICLR 2025."),
    ("H", "1611.00040", "P. D. Hoff: Lasso, fractional norm and structured sparse estimation using a Hadamard product "
     "parametrization. Computational Statistics & Data Analysis 115 (2017)."),
    ("LKB", "2207.03512", "E. Levin, J. Kileel, N. Boumal: The effect of smooth parametrizations on nonconvex "
     "optimization landscapes. Mathematical Programming (2025)."),
    ("O", "2402.00377", "W. Ouyang, Y. Liu, T. K. Pong, H. Wang: Kurdyka–Łojasiewicz exponent via Hadamard "
     "parametrization. 2024."),
    ("ZW", "2210.01212", "L. Ziyin, Z. Wang: spred: Solving L1 Penalty with SGD. ICML 2023."),
    (None, "2106.01429", "C. Poon, G. Peyré: Smooth Bilevel Programming for Sparse Regularization. NeurIPS 2021."),
    (None, "2205.01385", "C. Poon, G. Peyré: Smooth over-parameterized solvers for non-smooth structured optimization. "
     "Mathematical Programming 201 (2023)."),
    (None, "2002.09277", "B. Woodworth et al.: Kernel and Rich Regimes in Overparametrized Models. COLT 2020."),
    (None, "1412.6980", "D. P. Kingma, J. Ba: Adam: A Method for Stochastic Optimization. ICLR 2015."),
    (None, "1608.03983", "I. Loshchilov, F. Hutter: SGDR: Stochastic Gradient Descent with Warm Restarts. ICLR 2017."),
]
KEYS = {key for key, _, _ in WORKS if key}
NUMBERS = {number for _, number, _ in WORKS}
NUMBER = r"\d{4}\.\d{4,5}"
CITATION = re.compile(rf"\[(?P<key>{'|'.join(sorted(KEYS))})\]"
                      rf"|(?P<number>(?:(?<![\w.-])arXiv )?(?:{'|'.join(map(re.escape, sorted(NUMBERS)))})(?!\d))")


def anchor(key, number):
    return "cite_" + (key or number.replace(".", "_"))


ANCHOR = {name: anchor(key, number) for key, number, _ in WORKS for name in (key, number) if name}


def citation(match):
    """A link to the entry."""
    name = match["key"] or match["number"].removeprefix("arXiv ")
    return f'@ref {ANCHOR[name]} "{match[0]}"'


def bibliography_page(cited_by):
    """`cited_by`: anchor → links to the files that cite the work."""
    lines = ["@page bibliography Bibliography", "", "What the claims, headers and guides cite.", "",
             '<dl class="works">']
    for key, number, text in WORKS:
        name, label = anchor(key, number), rf"\[{key}\]" if key else ""
        lines.append(f"<dt>@anchor {name} {label}</dt>"
                     f"<dd>{text} [arXiv {number}](https://arxiv.org/abs/{number})<br>"
                     f"<span class=\"cited\">{', '.join(cited_by.get(name, []))}</span></dd>")
    return lines + ["</dl>"]

"""How comments and guides are read: formulas, facts, items, emphasis, code."""

import sys
from pathlib import Path

import pytest

docs = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(docs))

from claims import Claims  # noqa: E402
from docstring import render  # noqa: E402
from formula import display, spans, unicode_of  # noqa: E402
from guide import guide  # noqa: E402
from notebook import without_network  # noqa: E402


@pytest.fixture(scope="module")
def claims():
    return Claims(docs.parent)


def found(text):
    return [(text[start:end], tex.replace(" ", "")) for start, end, tex in spans(text)]


@pytest.mark.parametrize("text, formulas", [
    ("so that ξ ∈ M(β), S(ξ) = R(β) hold", [("ξ ∈ M(β)", r"\xi\inM(\beta)"), ("S(ξ) = R(β)", r"S(\xi)=R(\beta)")]),
    ("R(β) = Σ_i w_i abs(β_i)^{2/k}.", [("R(β) = Σ_i w_i abs(β_i)^{2/k}",
                                        r"R(\beta)=\sum_{i}\,w_{i}\lvert\beta_{i}\rvert^{2/k}")]),
    ("‖u_j‖² − ν_j² decays", [("‖u_j‖² − ν_j²", r"\lVertu_{j}\rVert^{2}-\nu_{j}^{2}")]),
    ("(neither K nor S has one)", [("K", "K"), ("S", "S")]),
    ("at k = 2 (C = uv, c = w), and", [("k = 2", "k=2"), ("(C = uv, c = w)", r"(C=uv,\c=w)")]),
    ("a step of f's model", [("f", "f")]),
    ("√m₂ and √(a + b)", [("√m₂", r"\sqrt{m_{2}}"), ("√(a + b)", r"\sqrt{a+b}")]),
    ("A Σ Cᵀ with Σ_i σ_i", [("A Σ Cᵀ", r"A\SigmaC^{\top}"), ("Σ_i σ_i", r"\sum_{i}\,\sigma_{i}")]),
])
def test_formulas_in_prose(text, formulas):
    assert found(text) == formulas


@pytest.mark.parametrize("text", [
    "a plain sentence with 2 numbers, 3.5 % and hadamard_product", "see minima/decide.hpp, f.size() and Real<50>",
    "L-BFGS of K. P. Hadeler in C++", "I have a question"])
def test_prose_is_no_formula(text):
    assert found(text) == []


@pytest.mark.parametrize("text", ["f(x", "‖x", "x) + (y", "∫ f"])
def test_what_is_not_understood_is_no_display(text):
    assert display(text) is None


def test_the_program_s_ascii_is_spelled_as_the_comments_are():
    assert unicode_of("dC/dt = -lambda <grad C, grad S>") == "dC/dt = −λ ⟨∇C, ∇S⟩"
    assert unicode_of("the error is Theta(t^-1/2)") == "the error is Θ(t^{−1/2})"


def test_formulas_stand_apart_and_labels_are_facts(claims):
    lines = ["Says x < y @ 5%:", "    x ← x − η·∇f,  # 1", "    y ← x", "",
             "Shapes   x: (d)", "         more of it", "@pre x_i ≥ 0"]
    out = render(lines, claims)
    assert len(out) <= len(lines)
    assert out[0].startswith(r"Says \f$x< y\f$ \@ 5\%:")
    assert r'<dl class="facts"><dt>Shapes</dt><dd>\f$x\f$: \f$(d)\f$ more of it</dd></dl>' in out
    assert out[-1] == r"@pre  \f$x_{i}\ge 0\f$"


def test_a_raised_line_is_a_display(claims):
    out = render(["Adam:", "    m ← β₁ m,   v ← β₂ v,", "where g = ∇f."], claims)
    assert out == [r"Adam: \f[\begin{aligned} & m\leftarrow \beta _{1}\,m, && "
                   r"v\leftarrow \beta _{2}\,v,\end{aligned}\f] where \f$g= \nabla f\f$."]


def test_the_rest_of_a_sentence_is_no_code(claims):
    out = render(["Source      The rest is ours:",
                  "    first_form    is one that goes on and",
                  "                  on below its text,",
                  "    other form    ends.", "",
                  "    A second paragraph, *not* code."], claims)
    assert r"<dt>first\_form</dt><dd>is one that goes on and on below its text,</dd>" in out[0]
    assert "<em>not</em>" in out[0] and "<pre" not in out[0] and out[0].count("<dt>") == 3


def test_code_stays_code(claims):
    out = render(["Use it:", "", "    Trajectory t(f, {.every = 10});", "    t.finish(x);"], claims)
    assert "<pre>Trajectory t(f, {.every = 10});" in "\n".join(out)


def test_guides(claims):
    path = docs.parent / "bench/experiments/group_sparsity.md"
    text = ("# Title\n\n    run group_sparsity  # all\n\nfrom u ~ N(0, 1/p), **bold**, *em* and 2 * 3;\n"
            "[SE] says ‖β_j‖^q\n\n![group_sparsity](group_sparsity.png)\n")
    out = guide(path, text, claims).split("\n")
    at = out.index("@code{.unparsed}")
    assert out[at + 1:at + 3] == ["run group_sparsity  # all", "@endcode"]
    assert r"from \f$u\sim N(0,\ 1/ p)\f$, <b>bold</b>, <em>em</em> and 2 \* 3;" in out
    assert r'@ref cite_SE "[SE]" says \f$\lVert \beta _{j}\rVert ^{q}\f$' in out
    assert "@image html group_sparsity.png" in out


def test_executed_notebooks_need_no_network():
    page = ('<script src="file:///usr/share/javascript/requirejs/require.min.js"></script>'
            '<script src="https://example.org/MathJax.js?config=TeX" async> </script><p>$x$</p>')
    out = without_network(page)
    assert "require" not in out and "https:" not in out and "file:" not in out
    assert '<script src="../mathjax/MathJax.js"> </script><p>$x$</p>' in out

"""What the notebooks draw with: one look, and `save`."""

import os
from pathlib import Path

import matplotlib.pyplot as plt

#: Okabe and Ito's colours, which the colour-blind can tell apart.
BLUE, ORANGE, GREEN, RED, PURPLE, SKY, GREY = (
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#666666")
COLOURS = (BLUE, ORANGE, GREEN, RED, PURPLE, SKY, GREY)

plt.rcParams.update({
    "figure.constrained_layout.use": True, "savefig.dpi": 130, "savefig.bbox": "tight",
    "font.size": 10,
    "axes.spines.top": False, "axes.spines.right": False, "legend.frameon": False,
    "axes.prop_cycle": plt.cycler(color=COLOURS), "lines.linewidth": 1.6})

_here = Path(__file__).resolve().parent


def save(figure, name):
    """Writes build/notebooks/`name`.png, or into the folder HADAMARD_FIGURES."""
    folder = Path(os.environ.get("HADAMARD_FIGURES", _here.parent / "build" / "notebooks"))
    folder.mkdir(parents=True, exist_ok=True)
    figure.savefig(folder / f"{name}.png")

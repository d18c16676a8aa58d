"""Made-up files of `hadamard converge`, in the format of verify/converge/FORMAT.md.

python3 made_up_runs.py FILE [REPETITIONS [METHODS]] writes one to look at.
"""

import json
import math
import random
import sys
import zlib

METHODS = {  # on the surrogate?, seconds per iteration, rate
    "lbfgs": (True, 8e-5, 0.12), "varpro": (True, 2e-4, 0.5),
    "gradient_descent": (True, 3e-5, 0.02),
    "adam": (True, 4e-5, 0.03), "alternating_ridge": (True, 3e-4, 0.25),
    "stochastic_gradient": (True, 1e-5, 0.008),
    "coordinate_descent": (False, 5e-5, 0.2), "proximal_gradient": (False, 4e-5, 0.06),
    "working_set": (False, 5e-4, 1.8), "newton": (True, 9e-4, 1.2),
}


def setting(index):
    return {"problem": f"toeplitz:rows={100 * (index + 1)},columns=200", "penalty": "l1 of columns",
            "depth": 2,
            "q": 1.0, "lambda": 0.31 / (index + 1), "lambda_ratio": 0.1}


def run(method, index, repetition, samples):
    on_surrogate, cost, rate = METHODS[method]
    random.seed(f"{method} {index} {repetition}")
    cost *= math.exp(random.gauss(0, 0.2))
    rate *= math.exp(random.gauss(0, 0.25)) / (1 + index)
    iterations = [0] + sorted({round(1.13 ** k) for k in range(samples)})
    value, names = [], ("objective", "suboptimality", "relative_gap", "prox_residual", "distance")
    for t in iterations:
        value.append(max(math.exp(-rate * t) * math.exp(random.gauss(0, 0.1)),
                         1e-16 * random.random()))
    lists = {name: [v * (j + 1) if name != "objective" else 1.2 + v for v in value]
             for j, name in enumerate(names)}
    lists["suboptimality"][-1] = min(lists["suboptimality"][-1], 0 if value[-1] < 1e-15 else 1)
    lists |= {"iteration": iterations, "evaluations": [2 * t + 1 for t in iterations],
              "cpu_seconds": [cost * t for t in iterations], "surrogate_objective": None,
              "imbalance": [0.5 * v for v in value] if on_surrogate else None,
              "misalignment": [0.2 * v for v in value] if on_surrogate else None,
              "support": [max(12, int(200 * v)) for v in value]}
    return {"record": "run", "key": f"{zlib.crc32(f'{method} {index} {repetition}'.encode()):016x}",
            **setting(index),
            "method": method, "on_surrogate": on_surrogate,
            "transfer": "hadamard_product" if on_surrogate else None, "repetition": repetition,
            "seed": repetition,
            "settings": {"learning_rate": None, "tolerance": 1e-12, "start": "gaussian"},
            "stop": "tolerance_reached" if value[-1] < 1e-12 else "iteration_limit",
            "iterations": iterations[-1],
            "evaluations": 2 * iterations[-1] + 1, "cpu_seconds": lists["cpu_seconds"][-1],
            "measuring_seconds": 0.01, "learning_rate": None, "samples": lists}


def records(repetitions, methods=None, settings=2, samples=60):
    yield {"record": "session", "format": "hadamard-converge", "format_version": 1,
           "program_version": "0.1.0",
           "command": ["hadamard", "converge", "--made-up"], "machine": "made up", "plan": {}}
    for index in range(settings):
        yield {"record": "reference", **setting(index), "rows": 100, "columns": 200,
               "loss": "least_squares",
               "objective": 1.2, "at_zero": 2.2, "verdict": "certified minimizer", "digits": 50,
               "relative_gap": 1e-51, "support": 12, "coefficients": {"x3": 0.7},
               "cpu_seconds": 0.8}
        for method in list(METHODS)[:methods]:
            for repetition in range(repetitions):
                yield run(method, index, repetition, samples)


def lines(*arguments, **settings):
    return "".join(json.dumps(record) + "\n" for record in records(*arguments, **settings))


if __name__ == "__main__":
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        file.write(lines(*map(int, sys.argv[2:])))

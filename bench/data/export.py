#!/usr/bin/python3
"""Writes diabetes.csv and breast_cancer.csv beside this file from Debian's python3-sklearn.

Digits are copied from the text that the package ships, never through a binary float.
"""
import csv
import gzip
import hashlib
import pathlib

import sklearn

here = pathlib.Path(__file__).resolve().parent
shipped = pathlib.Path(sklearn.__file__).parent / "datasets" / "data"


def plain(text):
    """"5.900000000000000000e+01" -> "59": numpy.savetxt's notation, without change of value."""
    mantissa, _, exponent = text.partition("e")
    sign = "-" if mantissa.startswith("-") else ""
    whole, _, decimals = mantissa.lstrip("-+").partition(".")
    digits, point = whole + decimals, len(whole) + int(exponent or 0)
    digits = "0" * max(0, 1 - point) + digits.ljust(point, "0")
    point = max(point, 1)
    whole, decimals = digits[:point].lstrip("0") or "0", digits[point:].rstrip("0")
    return sign + whole + ("." + decimals if decimals else "")


def write(name, header, rows):
    path = here / name
    with open(path, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    print(hashlib.sha256(path.read_bytes()).hexdigest(), "", name)


def lines(name):
    with gzip.open(shipped / name, "rt") as file:
        return [line.split() for line in file]


diabetes = lines("diabetes_data_raw.csv.gz")
progression = lines("diabetes_target.csv.gz")
write(
    "diabetes.csv",
    ["age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6", "progression"],
    [[plain(cell) for cell in x + y] for x, y in zip(diabetes, progression, strict=True)],
)

measures = [
    "radius", "texture", "perimeter", "area", "smoothness", "compactness", "concavity",
    "concave_points", "symmetry", "fractal_dimension",
]
with open(shipped / "breast_cancer.csv", newline="") as file:
    table = list(csv.reader(file))
assert table[0] == ["569", "30", "malignant", "benign"]  # so that the target 0 is malignant
write(
    "breast_cancer.csv",
    [kind + "_" + measure for kind in ("mean", "error", "worst") for measure in measures]
    + ["malignant"],
    [row[:-1] + [str(1 - int(row[-1]))] for row in table[1:]],
)

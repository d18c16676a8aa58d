"""R's glmnet through rpy2, in this process; the arrays are R's own before the clock starts.

One lambda is reached along 1 or 10 falling ones, whichever is faster. With its intercept off and no
standardisation its lambda is ours."""

import numpy as np

from . import Clock

NAME = "glmnet"
THRESHOLDS = [10.0**-k for k in range(3, 21)]
_r = {}


def is_available():
    try:
        import rpy2.robjects as robjects
        from rpy2.rinterface_lib.embedded import RRuntimeError
    except (ImportError, OSError, ValueError) as error:
        raise ImportError(f"rpy2: {error}") from error
    try:
        robjects.r("suppressMessages({library(glmnet); library(Matrix)})")
        # Coefficients as glmnet keeps them, so that no conversion is timed.
        _r["fit"] = robjects.r("""function(x, y, family, lambda, thresh)
            glmnet(x, y, family = family, lambda = lambda, thresh = thresh, maxit = 1e7,
                   standardize = FALSE, intercept = FALSE)""")
        _r["quietly"] = robjects.r("function(f, ...) suppressWarnings(f(...))")
        _r["dense"] = robjects.r("""function(fit, count) {
            b <- as.matrix(fit$beta); b[, (ncol(b) - count + 1):ncol(b), drop = FALSE] }""")
        robjects.r("glmnet.control(fdev = 0, devmax = 1, eps = 1e-300)")  # no early end of a path
    except RRuntimeError as error:
        raise ImportError(str(error)) from error


def handles(w):
    return w.group == 1 and w.depth == 2


def ladders(w):
    steps = [1] if w.is_path else [1, 10]
    return [[(t, k) for t in THRESHOLDS] for k in steps]


def arrays(w):
    """(x, y) as R's own, made once."""
    import rpy2.rinterface as rinterface
    import rpy2.robjects as robjects

    def vector(a):
        return rinterface.FloatSexpVector.from_memoryview(memoryview(np.ascontiguousarray(a)))

    if not hasattr(w, "r_arrays"):
        if w.is_sparse:
            x = robjects.r("""function(i, p, x, n, m)
                                  new("dgCMatrix", i = i, p = p, x = x, Dim = c(n, m))""")(
                robjects.IntVector(w.X.indices), robjects.IntVector(w.X.indptr), vector(w.X.data),
                *map(int, w.shape))  # fmt: skip
        else:
            x = robjects.r.matrix(vector(w.X.ravel(order="F")), nrow=w.shape[0])
        w.r_arrays = x, vector(w.y)
    return w.r_arrays


def solve(w, setting, seconds):
    import rpy2.robjects as robjects

    tolerance, steps = setting
    lambdas = w.lambdas
    if steps > 1:
        lambdas = np.geomspace(w.lambda_max, w.lambdas[0], steps + 1)[1:]
    x, y = arrays(w)
    grid = robjects.FloatVector(lambdas)
    with Clock() as clock:
        fit = _r["quietly"](_r["fit"], x, y, "binomial" if w.logistic else "gaussian", grid,
                            tolerance)
    rows = np.asarray(_r["dense"](fit, len(w.lambdas))).T
    if rows.shape[0] < len(w.lambdas):
        rows = np.full((len(w.lambdas), w.shape[1]), np.nan)
    return rows, clock.seconds

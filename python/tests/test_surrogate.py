"""P, Q and the methods on them, against formulas in NumPy."""

import numpy as np
import pytest
from problems import correlated

import hadamard


def problem(depth=2, **more):
    X, y = correlated(30, 12)
    y = y - y.mean()
    return X, y, hadamard.SurrogateProblem(X, y, 0.05, depth=depth, **more)


def test_p_and_q_are_the_formulas():
    for depth in (2, 3):
        X, y, both = problem(depth)
        xi = np.sin(np.arange(1.0, 12 * depth + 1))
        factors = xi.reshape(depth, 12)
        beta = factors.prod(axis=0)
        loss = ((y - X @ beta) ** 2).mean() / 2
        assert np.allclose(both.apply(xi), beta, rtol=1e-15, atol=0)
        assert np.isclose(both.penalty(xi), (xi**2).sum() / depth, rtol=1e-14)
        assert np.isclose(both.induced_penalty(beta), (abs(beta) ** (2 / depth)).sum(), rtol=1e-14)
        assert np.isclose(both.surrogate_objective(xi), loss + 0.05 * (xi**2).sum() / depth,
                          rtol=1e-13)
        assert both.objective(beta) <= both.surrogate_objective(xi)
        lifted = both.lift(beta)
        assert np.allclose(both.apply(lifted), beta, rtol=1e-13)
        assert np.isclose(both.penalty(lifted), both.induced_penalty(beta), rtol=1e-13)
        assert np.abs(both.imbalance(lifted)).max() <= 1e-14


def test_derivatives_are_those_of_differences():
    _, _, both = problem(3)
    xi = np.cos(np.arange(36.0))
    gradient, hessian = both.surrogate_gradient(xi), both.surrogate_hessian(xi)
    h = 1e-6  # errors h² and rounding/h of values near 1
    for a in (0, 17, 35):
        step = h * np.eye(36)[a]
        rise = both.surrogate_objective(xi + step) - both.surrogate_objective(xi - step)
        slope = rise / (2 * h)
        assert abs(slope - gradient[a]) <= 1e-8 * max(1, abs(gradient).max())
        column = (both.surrogate_gradient(xi + step) - both.surrogate_gradient(xi - step)) / (2 * h)
        assert np.abs(column - hessian[:, a]).max() <= 1e-8 * abs(hessian).max()


def test_every_method_reaches_what_solve_finds():
    X, y, both = problem()
    reference = hadamard.solve(X, y, 0.05, intercept=False, tol=1e-14).coef
    assert len(hadamard.methods()) >= 10
    for method in hadamard.methods():
        assert both.obstacle(method) == ""
        run = both.run(method, tolerance=1e-8, reference=reference)
        assert run.stop in ("tolerance_reached", "converged"), (method, run.stop)
        samples = run.samples
        assert samples["relative_gap"][-1] <= 1e-8
        assert np.isclose(samples["distance"][-1], np.linalg.norm(run.coef - reference))
        assert (np.diff(samples["iteration"]) > 0).all()
        assert (np.diff(samples["cpu_seconds"]) >= 0).all()
    points = both.run("lbfgs", keep_points=True, sampling=1).samples
    assert points["coefficients"].shape == (len(points["iteration"]), 12)
    assert points["factors"].shape == (len(points["iteration"]), 24)


def test_starts_and_seeds():
    _, _, both = problem()
    assert (both.start(seed=3) == both.start(seed=3)).all()
    assert (both.start(seed=3) != both.start(seed=4)).any()
    xi = both.start("constant", start_scale=0.25)
    assert (xi == 0.25).all()
    run = both.run("lbfgs", initial=xi, max_iterations=0, keep_points=True)
    assert (run.samples["factors"][0] == xi).all() and run.stop == "iteration_limit"


def test_groups_intercept_and_other_losses():
    X, y = correlated(40, 9)
    for loss, response in (("least_squares", y), ("huber", y), ("logistic", (y > 0) * 1.0)):
        both = hadamard.SurrogateProblem(X, response, 0.03, loss=loss, transfer="group_product",
                                         groups=[[0, 1, 2], [3, 4], [5, 6, 7, 8]], intercept=True)
        assert both.base_size == 10 and both.surrogate_size == 1 + 9 + 3
        found = hadamard.solve(X, response, 0.03, loss=loss,
                               groups=[[0, 1, 2], [3, 4], [5, 6, 7, 8]], tol=1e-12)
        run = both.run("lbfgs", tolerance=1e-9)
        assert np.isclose(both.objective(run.coef), found.objective, rtol=1e-8)


@pytest.mark.parametrize("words, part", [
    (dict(transfer="hadamard_prodct"), "did you mean"), (dict(depth=1), "depth"),
    (dict(weights=np.zeros(12)), "weights"), (dict(transfer="group_product"), "groups"),
])  # fmt: skip
def test_what_makes_no_sense_is_refused(words, part):
    with pytest.raises(hadamard.InputError, match=part):
        problem(**({"depth": 2} | words))


def test_bad_settings_are_refused():
    _, _, both = problem()
    for words in (dict(method="lbgfs"), dict(method="adam", momentum=1.0),
                  dict(method="adam", schedule="linear"), dict(method="lbfgs", initial=[1.0]),
                  dict(method="lbfgs", reference=np.full(12, np.nan)),
                  dict(method="adam", start="zero"), dict(method="adam", sampling=0.5)):
        with pytest.raises(hadamard.InputError):
            both.run(**words)
    with pytest.raises(hadamard.InputError):
        both.objective(np.zeros(11))

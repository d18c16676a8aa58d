"""Ctrl-C during a solve: it ends at once, and what it ends can be used again."""

import os
import signal
import sys
import threading

import numpy as np
import pytest
from problems import correlated

import hadamard
from hadamard.arrays import matrix


class Raised(Exception):
    pass


def long_solver():
    """Takes many seconds."""
    X, y = correlated(2000, 6000, nonzero=1500, noise=5)
    return hadamard._hadamard.Solver(
        matrix(np.asfortranarray(X)), y, loss="least_squares", huber_delta=1.0, groups=[],
        weights=[], intercept=True, depth=2, tolerance=1e-13, max_iterations=10**6)


def interrupt_when_free(go):
    """Sends Ctrl-C as soon as this thread gets the GIL after `go`."""
    go.wait()
    os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize("error", [KeyboardInterrupt, Raised])
def test_a_signal_ends_a_solve(error):
    solver = long_solver()
    lambda_ = 1e-4 * solver.lambda_max()
    coef = np.full(6000, np.nan)
    if error is Raised:
        def handler(number, frame):
            raise Raised
    else:
        handler = signal.default_int_handler
    before = signal.signal(signal.SIGINT, handler)
    go = threading.Event()
    thread = threading.Thread(target=interrupt_when_free, args=[go])
    thread.start()
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1000)  # so that the signal is sent from within solve
    try:
        go.set()
        with pytest.raises(error):
            solver.solve(lambda_, coef)
    finally:
        sys.setswitchinterval(interval)
        signal.signal(signal.SIGINT, before)
        thread.join()
    # A solve that ran to its end before the signal was seen would have written its answer.
    assert np.all(np.isnan(coef))
    assert solver.solve(0.9 * solver.lambda_max(), coef)["stop"] == "converged"


def test_signals_without_an_error_do_not_end_it():
    X, y = correlated(300, 1000, nonzero=100)
    problem = hadamard.WorkingSet(X, y, tol=1e-12)
    lambda_ = 0.01 * problem.lambda_max()
    expected = hadamard.solve(X, y, lambda_, tol=1e-12)
    before = signal.signal(signal.SIGALRM, lambda number, frame: None)
    signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
    try:
        assert np.allclose(problem.solve(lambda_).coef, expected.coef, atol=1e-8)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("loss", ["least_squares", "logistic"])
def test_one_huge_group_is_left_on_the_way(loss):
    """Its products, its eigenvalue and its factorisation are made in pieces."""
    random = np.random.default_rng(0)
    X = np.asfortranarray(random.standard_normal((400, 1500)))
    y = X[:, :50].sum(axis=1)
    problem = hadamard.WorkingSet(X, (y > 0).astype(float) if loss == "logistic" else y, loss=loss,
                                  groups=[list(range(1500))])
    lambda_ = 0.5 * problem.lambda_max()
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    try:
        with pytest.raises(KeyboardInterrupt):
            problem.solve(lambda_)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert problem.solve(lambda_).converged

"""The tools that are compared, one module each; presence is membership.

A module has
    NAME            what the tables call it;
    is_available()  whether it can be imported here (says why not by raising ImportError);
    handles(w)      whether it solves this workload;
    ladders(w)      lists of settings, each from loose to tight: the search takes the loosest
                    setting of each list that reaches the wanted accuracy, and of those the fastest;
    solve(w, setting, seconds)  -> (coefficients, one row a lambda; CPU seconds of the solve),
                    `seconds` being a limit for those that can keep one;
    SLOW            True: run on few seeds; WRITTEN_HERE: True for the methods in native/;
    OUTSIDE         True if its clock is its own.
"""

import importlib
import pkgutil
import time

HALF_DECADES = [10 ** (-k / 2) for k in range(2, 29)]


class Clock:
    """CPU seconds of this thread."""

    def __enter__(self):
        self.start = time.thread_time()
        return self

    def __exit__(self, *_):
        self.seconds = time.thread_time() - self.start


def found(say=lambda text: None):
    """The modules whose tool is here, by name."""
    out = {}
    for entry in sorted(pkgutil.iter_modules(__path__), key=lambda e: e.name):
        module = importlib.import_module(f"{__name__}.{entry.name}")
        if not hasattr(module, "NAME"):
            continue
        try:
            module.is_available()
        except ImportError as error:
            say(f"no {module.NAME}: {error}")
            continue
        out[module.NAME] = module
    return out

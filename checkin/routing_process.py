"""The process that plans, reroutes and folds long logs: a job comes in, its result goes out.

Owns nothing but the passage, from standard input to standard output: `checkin.service.solver` starts it, so
that a server neither loads the solver nor stops answering while it works. What the job is at goes to standard
error, a line each behind `> `.
"""

import os
import pickle
import sys
from collections.abc import Callable
from typing import Any

_NICENESS = 10


def _tell(stage: str) -> None:
    sys.stderr.write(f"> {stage}\n")
    sys.stderr.flush()


def _plan(ground: Any) -> object:
    from checkin.domain.routing.plan import plan

    return plan(ground, _tell)


def _reroute(ground: Any, agenda: Any, cause: Any) -> object:
    from checkin.domain.routing.reroute import reroute

    return reroute(ground, agenda, cause)


def _fold(database: Any, slug: str, now: Any) -> object:
    from checkin.service.history import fold_once

    if hasattr(os, "nice"):  # scans go before a look at the past
        os.nice(_NICENESS)
    return fold_once(database, slug, now)


JOBS: dict[str, Callable[..., object]] = {"plan": _plan, "reroute": _reroute, "fold": _fold}


def main() -> None:
    """Does one job."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # libraries greet on standard output, which carries the result
    name, arguments = pickle.load(sys.stdin.buffer)  # noqa: S301 -- from the process that started this one
    pickle.dump(JOBS[name](*arguments), out, protocol=pickle.HIGHEST_PROTOCOL)
    out.close()


if __name__ == "__main__":
    main()

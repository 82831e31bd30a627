"""A child process that dies, as after kill -9, at the n-th call of one kind."""

import os


def cut_at(call, step, work, *, before=lambda: None):
    """Do *work* in a child whose *step*-th ``os.CALL`` kills it; 0 if it lived."""
    child = os.fork()
    if child == 0:
        before()
        _die_at(call, step)
        work()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _die_at(call, step):
    real, seen = getattr(os, call), iter(range(1, 100_000))

    def dying(*args, **kwargs):
        if next(seen) == step:
            os._exit(9)
        return real(*args, **kwargs)

    setattr(os, call, dying)

"""A port for a server whose address has to be known before it runs."""

import atexit

from wallet.actions.demo.ports import Ports

_PORTS = Ports()
atexit.register(_PORTS.close)


def free_port():
    """A port that is kept for this process, and on which nobody listens."""
    return _PORTS.take()

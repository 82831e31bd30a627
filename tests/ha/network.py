"""A network for three nodes on this machine, whose cables can be pulled."""

import os
import subprocess

NODES = 3


class Network:
    """A bridge of this machine, and for each node a namespace with a cable to it."""

    def __init__(self):
        self._mark = f"hw{os.getpid()}"[:10]
        net = f"10.117.{os.getpid() % 250}"
        self._net, self.everybody = net, f"{net}.0/24"
        _ip("link", "add", self._mark, "type", "bridge")
        _ip("addr", "add", f"{net}.254/24", "dev", self._mark)
        _ip("link", "set", self._mark, "up")
        for number in range(NODES):
            self._connect(number)

    def host(self, number):
        return f"{self._net}.{number + 1}"

    def inside(self, number):
        """The words before a command that runs there."""
        return ["ip", "netns", "exec", self._name(number)]

    def cable(self, number, state):
        """Pull it ("down") or plug it in ("up")."""
        _ip("link", "set", self._name(number), state)

    def close(self):
        for number in range(NODES):
            _ip("netns", "del", self._name(number))
        _ip("link", "del", self._mark)

    def _connect(self, number):
        name, end = self._name(number), "eth0"
        _ip("netns", "add", name)
        words = ("type", "veth", "peer", "name", end, "netns", name)
        _ip("link", "add", name, *words)
        _ip("link", "set", name, "master", self._mark, "up")
        for one in (
            ("addr", "add", f"{self.host(number)}/24", "dev", end),
            ("link", "set", end, "up"),
            ("link", "set", "lo", "up"),
        ):
            _ip("-n", name, *one)

    def _name(self, number):
        return f"{self._mark}n{number}"


def _ip(*words):
    subprocess.run(["ip", *words], check=True)

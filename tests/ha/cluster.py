"""Three nodes on this machine, each etcd, Patroni and PostgreSQL 15, all of Debian.

A node has a network of its own, on one bridge with the others, so that it can be
killed (SIGKILL, as when the power goes), frozen (SIGSTOP: it answers nobody, and comes
back believing that no time has passed) or cut off (its cable is pulled, it goes on
alone and is plugged in again) as a whole.
"""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import psycopg

from tests.ha.network import NODES, Network

USER = "postgres"
BINARIES = Path("/usr/lib/postgresql/15/bin")
PRIMARY = ("master", "primary")
USER_SQL = "ledger"
SQL, REST, ETCD, PEER = 5432, 8008, 2379, 2380
TTL = 20
PATIENCE = 240.0
_AS_USER = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--init-groups", "--"]


def missing():
    """What this needs and the machine lacks; None if nothing."""
    lacking = [
        name for name in ("etcd", "patroni", "setpriv", "ip") if not shutil.which(name)
    ]
    if not (BINARIES / "postgres").exists():
        lacking.append("postgresql-15")
    if lacking:
        return f"not installed: {', '.join(lacking)}"
    return "only root may give a node a network of its own" if os.geteuid() else None


class Node:
    """One etcd, one Patroni, and the PostgreSQL that Patroni starts."""

    def __init__(self, number, folder, network):
        self.number, self.name = number, f"node{number}"
        self.folder, self.network = folder / self.name, network
        self.folder.mkdir()
        shutil.chown(self.folder, USER, USER)
        self._processes = []

    @property
    def host(self):
        return self.network.host(self.number)

    def start(self):
        self._processes = [self._run("etcd", *self._etcd())]
        config = self.folder / "patroni.json"
        config.write_text(json.dumps(self._patroni()))
        self._processes.append(self._run("patroni", config))

    def signal(self, number):
        """To every process of this node, whatever Patroni started."""
        for process in self._processes:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, number)
        for pid in self._postgres():
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def kill(self):
        self.signal(signal.SIGKILL)
        for process in self._processes:
            process.wait()

    def freeze(self):
        self.signal(signal.SIGSTOP)

    def thaw(self):
        self.signal(signal.SIGCONT)

    def unplug(self):
        self.network.cable(self.number, "down")

    def plug_in(self):
        self.network.cable(self.number, "up")

    def role(self):
        """What its Patroni says; "" while it says nothing."""
        try:
            url = f"http://{self.host}:{REST}/patroni"
            with urllib.request.urlopen(url, timeout=1) as answer:
                told = json.load(answer)
        except (OSError, ValueError) as error:
            body = getattr(error, "read", lambda: b"{}")()
            with suppress(ValueError):
                told = json.loads(body)
                return told.get("role", "") if told.get("state") == "running" else ""
            return ""
        return told["role"] if told["state"] == "running" else ""

    def _postgres(self):
        """Every process that works in this node's folder."""
        for path in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if (path / "cwd").readlink().is_relative_to(self.folder):
                    yield int(path.name)

    def _run(self, *words):
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [*self.network.inside(self.number), *_AS_USER, *map(str, words)],
                cwd=self.folder,
                stdout=log,
                stderr=log,
                env={
                    "HOME": str(self.folder),
                    "LC_ALL": "C.UTF-8",
                    "PATH": os.environ["PATH"],
                },
                start_new_session=True,
            )

    def _etcd(self):
        peers = ",".join(
            f"node{n}=http://{self.network.host(n)}:{PEER}" for n in range(NODES)
        )
        client, peer = (f"http://{self.host}:{one}" for one in (ETCD, PEER))
        begun = (self.folder / "etcd").exists()
        return [
            *("--name", self.name, "--data-dir", self.folder / "etcd"),
            *("--listen-client-urls", client, "--advertise-client-urls", client),
            *("--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer),
            *("--initial-cluster", peers),
            *("--initial-cluster-state", "existing" if begun else "new"),
            *("--heartbeat-interval", "200", "--election-timeout", "2000"),
            *("--enable-v2", "--pre-vote"),
        ]

    def _patroni(self):
        hosts = [f"{self.network.host(n)}:{ETCD}" for n in range(NODES)]
        rest, sql = f"{self.host}:{REST}", f"{self.host}:{SQL}"
        everybody = self.network.everybody
        return {
            "scope": "ledger",
            "name": self.name,
            "restapi": {"listen": rest, "connect_address": rest},
            # Not etcd3: over that API Debian 12's Patroni (3.0.2) writes the leader's
            # key without comparing, and a node that was cut off takes the lead back
            # together with a history that lacks what was answered meanwhile.
            "etcd": {"hosts": hosts},
            "bootstrap": {
                "dcs": {
                    "ttl": TTL,
                    "loop_wait": 5,
                    "retry_timeout": 5,
                    "maximum_lag_on_failover": 0,
                    "synchronous_mode": True,
                    "synchronous_mode_strict": True,
                    "postgresql": {
                        "use_pg_rewind": True,
                        "parameters": {
                            "max_connections": 60,
                            "shared_buffers": "32MB",
                            "synchronous_commit": "on",
                            "wal_log_hints": "on",
                            "wal_receiver_timeout": "10s",
                            "wal_retrieve_retry_interval": "1s",
                            "wal_sender_timeout": "10s",
                        },
                    },
                },
                "initdb": [{"encoding": "UTF8"}, {"auth-local": "trust"}],
            },
            "postgresql": {
                "listen": sql,
                "connect_address": sql,
                "data_dir": str(self.folder / "data"),
                "bin_dir": str(BINARIES),
                "parameters": {"unix_socket_directories": str(self.folder)},
                "authentication": {
                    "superuser": {"username": "ledger"},
                    "replication": {"username": "copying"},
                    "rewind": {"username": "ledger"},
                },
                "pg_hba": [
                    "local all all trust",
                    f"host all all {everybody} trust",
                    f"host replication all {everybody} trust",
                ],
            },
        }


class Cluster:
    """The three together, and the one address that finds whoever may write."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="heartwood-ha-"))
        self.folder.chmod(0o755)
        self.network = Network()
        self.nodes = [Node(n, self.folder, self.network) for n in range(NODES)]
        for node in self.nodes:
            node.start()
        self.whole()

    @property
    def url(self):
        hosts = ",".join(f"{node.host}:{SQL}" for node in self.nodes)
        return (
            f"postgresql://{USER_SQL}@{hosts}/postgres"
            "?target_session_attrs=read-write&connect_timeout=2"
        )

    def primary(self):
        """The node that leads, once there is one."""
        return _until(self._primary, "no primary")

    def whole(self):
        """Wait until one leads, and all others follow it, one of them in step."""
        _until(self._in_step, "the standbys do not follow")

    def state(self):
        """What each node says it is, and what its database says of the standbys."""
        said = [f"{node.name} {node.role() or 'silent'}" for node in self.nodes]
        with suppress(psycopg.Error), psycopg.connect(self.url) as db:
            db.read_only = True
            query = (
                "SELECT application_name, state, sync_state FROM pg_stat_replication"
            )
            said += [" ".join(map(str, row)) for row in db.execute(query)]
            query = (
                "SELECT wait_event, count(*) FROM pg_stat_activity "
                "WHERE application_name = 'heartwood' GROUP BY wait_event"
            )
            said += [" ".join(map(str, row)) for row in db.execute(query)]
        return "; ".join(said)

    def close(self):
        for node in self.nodes:
            node.thaw()
            node.kill()
        self.network.close()
        shutil.rmtree(self.folder)

    def taken_over(self, gone):
        """Seconds from now until another node than *gone* leads, and can commit."""
        begun = time.monotonic()
        others = [node for node in self.nodes if node is not gone]
        leads = _until(
            lambda: next((n for n in others if n.role() in PRIMARY), None), "no primary"
        )
        led = time.monotonic() - begun
        url = f"postgresql://{USER_SQL}@{leads.host}:{SQL}/postgres"
        query = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"

        def synchronous():
            with suppress(psycopg.Error), psycopg.connect(url) as db:
                return db.execute(query).fetchone()[0] >= 1
            return False

        _until(synchronous, "no synchronous standby")
        return led, time.monotonic() - begun

    def _primary(self):
        for node in self.nodes:
            if node.role() in PRIMARY:
                return node
        return None

    def _in_step(self):
        if sum(bool(node.role()) for node in self.nodes) < NODES:
            return False
        with suppress(psycopg.Error), psycopg.connect(self.url) as db:
            query = (
                "SELECT count(*), count(*) FILTER (WHERE sync_state = 'sync') "
                "FROM pg_stat_replication WHERE state = 'streaming'"
            )
            following, synchronous = db.execute(query).fetchone()
            return following == NODES - 1 and synchronous >= 1
        return False


def _until(question, failing):
    give_up = time.monotonic() + PATIENCE
    while not (found := question()):
        if time.monotonic() > give_up:
            raise AssertionError(failing)
        time.sleep(0.2)
    return found

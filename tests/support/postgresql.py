"""A real PostgreSQL 15 on this machine, made for one test and thrown away."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

from tests.support.ports import free_port

BINARIES = Path("/usr/lib/postgresql/15/bin")
USER = "postgres"  # the server refuses to run as root
_PATIENCE = 60.0


def missing():
    """Why there is no PostgreSQL here; None where there is one."""
    if not (BINARIES / "initdb").exists():
        return "no PostgreSQL 15 here: on Debian, apt-get install postgresql-15"
    if shutil.which("setpriv") is None:
        return "no setpriv here, which starts the server as somebody but root"
    return None


class Postgresql:
    """One server; its folder, port and processes are its own."""

    def __init__(self, *settings):
        self.folder = Path(tempfile.mkdtemp(prefix="heartwood-pg-"))
        if os.getuid() == 0:
            shutil.chown(self.folder, USER, USER)
        self.data = self.folder / "data"
        self.port = free_port()
        self.settings = settings
        self.process = None
        self._made = 0

    @property
    def url(self):
        return f"postgresql://ledger@127.0.0.1:{self.port}/postgres"

    def new_database(self):
        """Make an empty database; its address."""
        self._made += 1
        name = f"log_{self._made}"
        self.say(f"CREATE DATABASE {name}")
        return self.url.removesuffix("postgres") + name

    def create(self):
        words = ("-A", "trust", "-U", "ledger", "--no-instructions", "-N")
        self._run("initdb", "-D", self.data, *words)
        self.start()
        return self

    def copy_of(self, primary, *, name):
        """A standby that follows *primary*, as pg_basebackup makes one."""
        line = "host replication ledger 127.0.0.1/32 trust\n"
        with (primary.data / "pg_hba.conf").open("a") as rules:
            rules.write(line)
        primary.say("SELECT pg_reload_conf()")
        where = f"host=127.0.0.1 port={primary.port} user=ledger"
        where += f" application_name={name}"
        words = (
            "-R",
            "-X",
            "stream",
            "-C",
            "-S",
            name,
            "-c",
            "fast",
            "-N",
            "-d",
            where,
        )
        self._run("pg_basebackup", "-D", self.data, *words)
        self.start()
        return self

    def start(self):
        """Start and wait until it answers.

        Begun again, as a service manager does: the children of a server that was
        killed may still hold its memory for a moment, and then it refuses to start.
        """
        self.process = self._begin()
        give_up = time.monotonic() + _PATIENCE
        while True:
            try:
                psycopg.connect(self.url, connect_timeout=5).close()
            except psycopg.Error:
                if time.monotonic() > give_up:
                    raise
                time.sleep(0.05)
                if self.process.poll() is not None:
                    self.process = self._begin()
            else:
                return

    def kill(self):
        """kill -9 of the server and all that it started, as when the power goes."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(_PATIENCE)

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)  # "fast": open sessions are cut
            self.process.wait(_PATIENCE)

    def promote(self):
        self._run("pg_ctl", "-D", self.data, "-w", "promote")

    def remove(self):
        if self.process is not None and self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder)

    def say(self, statement, *values):
        """One statement by the owner; its rows."""
        with psycopg.connect(self.url, autocommit=True) as db:
            done = db.execute(statement, values)
            return done.fetchall() if done.description else []

    def _begin(self):
        words = ["-c", "listen_addresses=127.0.0.1", "-p", str(self.port)]
        words += ["-k", str(self.folder)]
        for one in ("max_connections=60", "shared_buffers=32MB", *self.settings):
            words += ["-c", one]
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [*_as_user(), BINARIES / "postgres", "-D", self.data, *words],
                cwd=self.folder,
                stdout=log,
                stderr=log,
                env={"LC_ALL": "C.UTF-8", "HOME": str(self.folder)},
                start_new_session=True,
            )

    def _run(self, program, *words):
        subprocess.run(
            [*_as_user(), BINARIES / program, *map(str, words)],
            cwd=self.folder,
            check=True,
            capture_output=True,
            env={"LC_ALL": "C.UTF-8", "HOME": str(self.folder)},
        )


def _as_user():
    """As nobody's root; and gone as soon as the test that started it is."""
    words = ["setpriv", "--pdeathsig", "KILL"]
    if os.getuid() == 0:
        words += [f"--reuid={USER}", f"--regid={USER}", "--init-groups"]
    return [*words, "--"]

"""A PostgreSQL of their own for the tests of this folder."""

import os
from pathlib import Path

import pytest

from tests.support import postgresql
from wallet.server.log.storage_sqlite import SqliteStorage

_IN_CI = os.environ.get("CI", "") not in ("", "0", "false")


@pytest.fixture(scope="module")
def postgres():
    """One server for a file of tests; in CI, where it is installed, it must run."""
    if why := postgresql.missing():
        if _IN_CI and Path(postgresql.BINARIES.parent).exists():
            pytest.fail(why)
        pytest.skip(why)
    server = postgresql.Postgresql().create()
    yield server
    server.remove()


@pytest.fixture
def database(postgres):
    """The address of a new database in it."""
    return postgres.new_database()


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, tmp_path):
    """A way to open the same log again and again, in either kind of store."""
    opened = []
    if request.param == "sqlite":

        def one():
            return SqliteStorage(tmp_path / "ledger.db")

    else:
        from wallet.server.log.storage_postgresql import (  # noqa: PLC0415 not always there
            open_storage,
        )

        url = request.getfixturevalue("database")

        def one():
            return open_storage(url, origin="ledger.test/x")

    def opening():
        opened.append(one())
        return opened[-1]

    yield opening
    for made in opened:
        made.close()

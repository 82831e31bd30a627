"""A vault of an older version is brought up whole, and loses nothing."""

import pytest

from tests.support.patient_world import CONTENTS, PatientWorld
from wallet.actions.patient import activity
from wallet.store.connection import create
from wallet.store.migrations import bring_up, version
from wallet.vault import grants, schema


@pytest.fixture
def world(tmp_path):
    for name in ("relay", "home"):
        (tmp_path / name).mkdir()
    made = PatientWorld(tmp_path)
    yield made
    made.close()


def columns(store, table):
    rows = store.all(f"SELECT name FROM pragma_table_info('{table}')")  # noqa: S608 own text only
    return [name for (name,) in rows]


def shape(store):
    tables = store.all("SELECT name FROM sqlite_master WHERE type = 'table'")
    return {name: columns(store, name) for (name,) in tables}


def test_an_old_vault_has_the_shape_of_a_new_one_afterwards(tmp_path):
    old = create(tmp_path / "old.db", key=bytes(32))
    new = create(tmp_path / "new.db", key=bytes(32))
    try:
        bring_up(old, schema.STEPS[:1])
        assert version(old) == 1
        bring_up(old, schema.STEPS)
        bring_up(new, schema.STEPS)
        assert version(old) == version(new) == len(schema.STEPS)
        assert shape(old) == shape(new)
    finally:
        old.close()
        new.close()


def test_a_permission_of_an_old_vault_is_still_there_and_says_no_number(
    world, tmp_path
):
    made = world.share()
    row = grants.permission(world.store, leaf=made.leaf)
    old = create(tmp_path / "old.db", key=bytes(32))
    try:
        bring_up(old, schema.STEPS[:1])
        shared = columns(old, "permission")
        names = ", ".join(shared)
        values = world.store.one(f"SELECT {names} FROM permission")  # noqa: S608 own text only
        marks = ", ".join("?" for _ in shared)
        old.run(f"INSERT INTO permission VALUES ({marks})", values)  # noqa: S608 own text only
        bring_up(old, schema.STEPS)
        kept = grants.permission(old, leaf=made.leaf)
    finally:
        old.close()
    assert (kept.entry, kept.grant_file) == (row.entry, row.grant_file)
    assert (row.contents, kept.contents, kept.offline_file) == (CONTENTS, None, None)
    world.store.run("UPDATE permission SET contents = NULL")
    assert [event.count for event in activity.events(world.wallet)] == [None]


def test_a_step_that_fails_leaves_the_vault_as_it_was(tmp_path):
    store = create(tmp_path / "v.db", key=bytes(32))
    try:
        bring_up(store, schema.STEPS[:1])
        before = shape(store)
        with pytest.raises(Exception, match="syntax"):
            bring_up(store, [schema.STEPS[0], (*schema.STEPS[1], "CREATE NONSENSE")])
        assert (version(store), shape(store)) == (1, before)
    finally:
        store.close()

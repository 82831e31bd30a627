"""An erased record leaves with every sealed package that was kept here."""

import pytest

from tests.support.patient_world import PatientWorld
from tests.support.wallets import bring_in, bundle, observation
from tests.support.world import card_for
from wallet.actions.patient import gathering, records, sharing
from wallet.actions.patient.permissions import GrantState
from wallet.errors import UsageError
from wallet.grants.scope import Clause, Scope
from wallet.ledger.entry import State
from wallet.vault import grants

PATIENT = {"resourceType": "Patient", "id": "m", "name": [{"family": "Rosander"}]}
DOCTOR = {"resourceType": "Practitioner", "id": "d", "name": [{"family": "Lind"}]}


@pytest.fixture
def world(tmp_path):
    (tmp_path / "relay").mkdir()
    (tmp_path / "home").mkdir()
    made = PatientWorld(tmp_path)
    content = bundle(PATIENT, DOCTOR, observation(1, code={"text": "Quokkaberry"}))
    bring_in(made.wallet, tmp_path, content)
    yield made
    made.close()


def share(world, scope, **more):
    return sharing.share(
        world.wallet,
        card_for(world.elm),
        scope=scope,
        purpose="TREAT",
        begins=world.now,
        ends=world.now.replace(year=2027),
        gathered=gathering.gather(world.wallet, scope, now=world.now),
        now=world.now,
        **more,
    )


def packages(world):
    return [path.name for path in world.wallet.outbox_folder.iterdir()]


def the_one(world, rtype="Observation"):
    (found,) = [
        one for one in records.timeline(world.wallet).records if one.rtype == rtype
    ]
    return found.scope_id


def test_a_package_that_waits_never_leaves_with_an_erased_record(world):
    world.relay_up = False
    made = share(world, Scope())
    world.send()
    assert len(packages(world)) == 1
    refused = records.erase(world.wallet, the_one(world), now=world.now)
    assert refused == (made.grant_id,)
    assert packages(world) == []
    world.relay_up = True
    for _ in range(2):
        world.send()
    assert world.show(made.leaf).state is GrantState.REFUSED
    assert grants.permission(world.store, leaf=made.leaf).deposited_at is None
    assert list((world.folder / "relay" / "packages").iterdir()) == []
    assert world.ledger.state(0) is State.ENDED


def test_what_others_hold_stays_theirs_and_no_stick_is_made_of_it_any_more(world):
    made = share(world, Scope())
    world.send()
    assert len(packages(world)) == 1
    assert records.erase(world.wallet, the_one(world), now=world.now) == ()
    assert packages(world) == []
    assert world.show(made.leaf).state is GrantState.IN_FORCE


def test_a_package_the_record_is_not_in_stays(world):
    made = share(world, Scope(include=(Clause(classes=("vaccine",)),)))
    assert records.erase(world.wallet, the_one(world), now=world.now) == ()
    assert len(packages(world)) == 1
    assert records.erase(world.wallet, the_one(world, "Practitioner"), now=world.now)
    assert packages(world) == []
    assert world.show(made.leaf).state is GrantState.REFUSED


def test_a_switch_that_ends_so_leaves_the_old_permission(world):
    old = share(world, Scope())
    world.send()
    world.relay_up = False
    new = share(world, Scope(), replaces=old.leaf)
    records.erase(world.wallet, the_one(world), now=world.now)
    world.relay_up = True
    world.send()
    assert world.show(new.leaf).state is GrantState.REFUSED
    assert world.show(old.leaf).state is GrantState.IN_FORCE


def test_no_such_record_drops_nothing(world):
    share(world, Scope())
    with pytest.raises(UsageError):
        records.erase(world.wallet, "00" * 16, now=world.now)
    assert len(packages(world)) == 1

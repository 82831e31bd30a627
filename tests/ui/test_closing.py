"""Closing the window closes the wallet, in the thread that opened it."""

from tests.ui import gallery
from ui.app import make_window
from wallet.actions.patient.home import PatientHome, create_wallet
from wallet.keys.keyfile import Cost
from wallet.store.lock import HomeLock

CHEAP = Cost(memory=64, passes=1, lanes=1)


def test_closing_the_window_leaves_the_home_whole_and_free(qapp, tmp_path):
    home = tmp_path / "home"
    create_wallet(PatientHome(home), passphrase="a long passphrase", cost=CHEAP)
    window = make_window(home, qapp)
    window.start()
    window.lock_page.field.line.setText("a long passphrase")
    window.lock_page.button.click()
    gallery.settle(window)
    assert window.shell is not None
    assert (home / "vault.db-wal").exists()
    window.close()
    assert not (home / "vault.db-wal").exists()
    HomeLock(home, patience=0).release()
    window.deleteLater()

import pytest

from custhub.errors import BalanceError
from custhub.model.ledger import KeyLedger, RowLedger


def test_a_balanced_batch_passes() -> None:
    RowLedger(landed=10, new=3, changed=2, unchanged=1, superseded=1, excluded=2, unreadable=1).check("b1")


@pytest.mark.parametrize("ledger", [RowLedger(landed=2, new=1), RowLedger(landed=1, new=2, changed=-1)])
def test_a_lost_row_fails_the_run(ledger: RowLedger) -> None:
    with pytest.raises(BalanceError, match="row ledger of batch b1 does not balance"):
        ledger.check("b1")


def test_every_key_is_somewhere() -> None:
    KeyLedger(seen=6, attached=3, stale=1, quarantined=1, deleted=1, excluded=1).check("erp")
    with pytest.raises(BalanceError, match="source erp"):
        KeyLedger(seen=2, attached=1).check("erp")
    with pytest.raises(BalanceError, match="stale=2"):
        KeyLedger(seen=1, attached=1, stale=2).check("erp")

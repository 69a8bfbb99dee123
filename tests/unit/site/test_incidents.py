"""What was revoked and what failed stands on the auditor's page, for everybody."""

from __future__ import annotations

from datetime import UTC, date, datetime

from jobtwin.repository.incidents import Outage, Withdrawal
from jobtwin.site.incidents import incidents

REVOKED = Withdrawal(
    "7f" * 16, "Incident | twin", datetime(2026, 11, 21, 9, tzinfo=UTC), "<b>Copied.</b>"
)
FAILED = Outage(date(2026, 11, 20), "jt-rag-1", "The machine failed: no disk", 3)


def test_a_revocation_stands_there_with_its_day_its_reason_and_a_link_to_its_page() -> None:
    page = incidents([REVOKED], [])
    assert "21 November 2026" in page
    assert f'<a href="../credentials/7f/{"7f" * 16}/">Incident &#124; twin</a>' in page
    assert "Copied." in page
    assert "<b>" not in page


def test_an_outage_stands_there_with_its_day_and_how_often() -> None:
    page = incidents([], [FAILED])
    assert "| 20 November 2026 | `jt-rag-1` | The machine failed: no disk | 3 |" in page


def test_that_nothing_went_wrong_is_said() -> None:
    page = incidents([], [])
    assert "No credential was ever revoked." in page
    assert "Nothing of this kind is on record." in page

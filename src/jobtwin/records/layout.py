"""Where every record lies: sharded by the first two hex digits of an id, from the first on."""

from __future__ import annotations

import re

INBOX = "submissions/inbox"
GRADES_INBOX = "grades/inbox"
"""Where a mentor's pull request puts `review.yml` and its signature; always empty on main."""
CALIBRATION_INBOX = "calibration/inbox"
"""Where a mentor's pull request puts `round.yml` and its signature; always empty on main."""
OUTCOMES_INBOX = "outcomes/inbox"
"""Where a learner's `consent.yml` or an employer's `outcome.json` comes in; empty on main."""
WRITE_ONCE = ("submissions/", "grades/", "credentials/", "calibration/", "outcomes/")
"""Folders whose files are added and never changed; other folders are read as of a moment."""
NOT_RECORDS = (
    "submissions/inbox/",
    "grades/inbox/",
    "calibration/inbox/",
    "outcomes/inbox/",
    "outcomes/keys.yml",
)
ISSUER = "keys/issuer.yml"
ISSUER_KEYS = "keys/issuer-keys.yml"
ACT_KEYS = "keys/acts.yml"
CARRIERS = "keys/carriers.yml"
ROOT = "keys/root.yml"
"""Who vouches for the issuer's keys; each signature lies beside its file with `.sig`."""
JWKS = "keys/jwks.json"
DID = "keys/did.json"
EMPLOYERS = "outcomes/keys.yml"
STATUS_LISTS = "credentials/status"
_HUNDRED = 100
"""Versions of a status list in a folder: with one a day, a list has 37 folders in ten years."""
_STATUS_LIST = re.compile(r"credentials/status/([0-9]{1,9})/[0-9]+/([0-9]{1,9})\.json")


def shard(identifier: str) -> str:
    """Return the folder that an id lies in: at most 256 of them side by side."""
    return identifier[:2]


def twin(twin_id: str) -> str:
    """Return the path of a twin's definition."""
    return f"twins/{twin_id}/twin.yml"


def submission(twin_id: str, attempt: str) -> str:
    """Return the folder of what was handed in for an attempt."""
    return f"submissions/{twin_id}/{shard(attempt)}/{attempt}"


def started(twin_id: str, attempt: str) -> str:
    """Return the path of the record that opens an attempt."""
    return f"{submission(twin_id, attempt)}/started.yml"


def received(twin_id: str, attempt: str, number: int) -> str:
    """Return the path of a receipt."""
    return f"{submission(twin_id, attempt)}/received-{number}.yml"


def inbox_copy(twin_id: str, attempt: str, number: int, path: str) -> str:
    """Return where a file of the inbox is copied to when receipt `number` is written."""
    return f"{submission(twin_id, attempt)}/inbox-{number}/{path}"


def evaluated(twin_id: str, attempt: str, number: int) -> str:
    """Return the path of an evaluation."""
    return f"{submission(twin_id, attempt)}/evaluated-{number}.yml"


def answers(twin_id: str, attempt: str, number: int) -> str:
    """Return the path of the kept answers of an evaluation."""
    return f"{submission(twin_id, attempt)}/answers-{number}.json.gz"


def report(twin_id: str, attempt: str, number: int) -> str:
    """Return the path of the report of an evaluation."""
    return f"{submission(twin_id, attempt)}/report-{number}.json"


def expired(twin_id: str, attempt: str) -> str:
    """Return the path of the record that ends an attempt without an evaluation."""
    return f"{submission(twin_id, attempt)}/expired.yml"


def grade(twin_id: str, attempt: str) -> str:
    """Return the folder of what was found in an attempt."""
    return f"grades/{twin_id}/{shard(attempt)}/{attempt}"


def claim(twin_id: str, attempt: str, number: int) -> str:
    """Return the path of a claim."""
    return f"{grade(twin_id, attempt)}/claim-{number}.yml"


def released(twin_id: str, attempt: str, number: int) -> str:
    """Return the path of an operator's leave that a bundle goes out as it is."""
    return f"{grade(twin_id, attempt)}/released-{number}.yml"


def review(twin_id: str, attempt: str, number: int) -> str:
    """Return the path of a mentor's review; its signature lies beside it with `.sig`."""
    return f"{grade(twin_id, attempt)}/review-{number}.yml"


def sealed_review(twin_id: str, attempt: str, number: int) -> str:
    """Return the path of the box that keeps a review until the decision."""
    return f"{grade(twin_id, attempt)}/review-{number}.sealed"


def reviewed(twin_id: str, attempt: str, number: int) -> str:
    """Return the path of the receipt for a review."""
    return f"{grade(twin_id, attempt)}/reviewed-{number}.yml"


def decision(twin_id: str, attempt: str, number: int = 1) -> str:
    """Return the path of a decision; later ones follow an appeal, or a reopening."""
    name = "decision" if number == 1 else f"decision-{number}"
    return f"{grade(twin_id, attempt)}/{name}.yml"


def feedback(twin_id: str, attempt: str, number: int) -> str:
    """Return the path of the box with what a sealed attempt's learner is told by a decision."""
    return f"{grade(twin_id, attempt)}/feedback-{number}.sealed"


def published(twin_id: str, attempt: str) -> str:
    """Return the path of the record that lays a sealed attempt open, by its learner's consent."""
    return f"{grade(twin_id, attempt)}/published.yml"


def published_ref(twin_id: str, attempt: str, number: int) -> str:
    """Return the git ref that keeps what the box of a receipt held, once it is published."""
    return f"refs/archive/{twin_id}/{attempt}/snapshot-{number}-published"


def appealed(twin_id: str, attempt: str) -> str:
    """Return the path of the record that a decision is appealed against."""
    return f"{grade(twin_id, attempt)}/appealed.yml"


def reopened(twin_id: str, attempt: str, number: int) -> str:
    """Return the path of the record that a decided attempt is read anew."""
    return f"{grade(twin_id, attempt)}/reopened-{number}.yml"


def attempt_page(attempt: str) -> str:
    """Return the folder of an attempt's page on the site."""
    return f"attempts/{shard(attempt)}/{attempt}"


def learner_page(subject: str) -> str:
    """Return the folder of the page with all attempts of a learner who asked for one."""
    return f"learners/{shard(subject)}/{subject}"


def credential(identifier: str) -> str:
    """Return the folder of a credential."""
    return f"credentials/{shard(identifier)}/{identifier}"


def credential_page(site: str, identifier: str) -> str:
    """Return the URL of a credential's page on the site at a URL."""
    return f"{site}/{credential(identifier)}/"


def issued(identifier: str, number: int) -> str:
    """Return the path of the record that precedes signing."""
    return f"{credential(identifier)}/issued-{number}.yml"


def issued_track(identifier: str, number: int) -> str:
    """Return the path of the record that precedes the signing of a track's credential."""
    return f"{credential(identifier)}/track-{number}.yml"


def signed_clr(identifier: str, number: int) -> str:
    """Return the path of the Comprehensive Learner Record that holds a track and its parts."""
    return f"{credential(identifier)}/clr-{number}.json"


def track(track_id: str) -> str:
    """Return the path of a track's definition."""
    return f"tracks/{track_id}.yml"


def signed(identifier: str, number: int) -> str:
    """Return the path of a signed credential."""
    return f"{credential(identifier)}/{number}.json"


def signed_jwt(identifier: str, number: int) -> str:
    """Return the path of a signed credential in its JWT form."""
    return f"{credential(identifier)}/{number}.jwt"


def endorsement(identifier: str, mentor: str, number: int) -> str:
    """Return the path of a mentor's endorsement of the signed file `number` of a credential."""
    return f"{credential(identifier)}/endorsement-{_of_file(mentor, number)}.json"


def endorsed(identifier: str, mentor: str, number: int) -> str:
    """Return the path of the record that a mentor's endorsement came in."""
    return f"{credential(identifier)}/endorsed-{_of_file(mentor, number)}.yml"


def _of_file(mentor: str, number: int) -> str:
    return mentor if number == 1 else f"{mentor}.{number}"


def revoked(identifier: str) -> str:
    """Return the path of a revocation."""
    return f"{credential(identifier)}/revoked.yml"


def status_list(number: int, version: int) -> str:
    """Return the path of a signed status list; the highest version is served."""
    return f"{STATUS_LISTS}/{number}/{version // _HUNDRED}/{version}.json"


def status_list_at(path: str) -> tuple[int, int] | None:
    """Return number and version of the status list that a path is for, None for any other path."""
    found = _STATUS_LIST.fullmatch(path)
    list_at = (int(found[1]), int(found[2])) if found else None
    return list_at if list_at and path == status_list(*list_at) else None


def outcome(identifier: str) -> str:
    """Return the folder of what became of a credential's holder."""
    return f"outcomes/{shard(identifier)}/{identifier}"


def consented(identifier: str) -> str:
    """Return the path of the learner's consent that an employer is asked."""
    return f"{outcome(identifier)}/consented.yml"


def asked(identifier: str) -> str:
    """Return the path of the question to the employer."""
    return f"{outcome(identifier)}/asked.yml"


def attested(identifier: str, number: int) -> str:
    """Return the path of the record that a statement came in."""
    return f"{outcome(identifier)}/attested-{number}.yml"


def statement(identifier: str, number: int) -> str:
    """Return the path of an employer's statement as it was signed."""
    return f"{outcome(identifier)}/{number}.json"


def employer_did(identifier: str, number: int) -> str:
    """Return the path of the DID document that a statement's key stood in."""
    return f"{outcome(identifier)}/did-{number}.json"


def served_outcome(identifier: str, number: int) -> str:
    """Return where the site serves an employer's statement: beside the credential."""
    return f"{credential(identifier)}/outcome-{number}.json"


def served_employer_did(identifier: str, number: int) -> str:
    """Return where the site serves the DID document that a statement's key stood in."""
    return f"{credential(identifier)}/did-{number}.json"


def gold_set(twin_id: str, set_id: str) -> str:
    """Return the folder of a sealed gold set."""
    return f"calibration/{twin_id}/{set_id}"


def retired(twin_id: str, set_id: str) -> str:
    """Return the path of the record that opens a gold set for everybody."""
    return f"{gold_set(twin_id, set_id)}/retired.yml"


def rounds(mentor: str, twin_id: str) -> str:
    """Return the folder of a mentor's rounds for a twin."""
    return f"calibration/rounds/{mentor}/{twin_id}"


def handed(mentor: str, twin_id: str, number: int) -> str:
    """Return the path of the record that a mentor was given a set."""
    return f"{rounds(mentor, twin_id)}/handed-{number}.yml"


def round_file(mentor: str, twin_id: str, number: int) -> str:
    """Return the path of a mentor's signed round."""
    return f"{rounds(mentor, twin_id)}/round-{number}.yml"


def calibrated(mentor: str, twin_id: str, number: int) -> str:
    """Return the path of what a round came to."""
    return f"{rounds(mentor, twin_id)}/calibrated-{number}.yml"


def drifted(mentor: str, twin_id: str, number: int) -> str:
    """Return the path of the record that a mentor's grading counts no more."""
    return f"{rounds(mentor, twin_id)}/drifted-{number}.yml"


def answers_ref(twin_id: str, attempt: str, number: int) -> str:
    """Return the git ref that keeps the answers of an evaluation outside a default clone."""
    return f"refs/archive/{twin_id}/{attempt}/answers-{number}"


def mentor(mentor_id: str) -> str:
    """Return the path of a mentor's file."""
    return f"mentors/{mentor_id}.yml"


def cohort(cohort_id: str) -> str:
    """Return the path of a cohort's file."""
    return f"cohorts/{cohort_id}.yml"


def revealed(cohort_id: str) -> str:
    """Return the path of the record that reveals a cohort's secret."""
    return f"cohorts/{cohort_id}.revealed.yml"


def destroyed(cohort_id: str) -> str:
    """Return the path of the record that a cohort's key is destroyed."""
    return f"cohorts/{cohort_id}.destroyed.yml"


def packed(cohort_id: str) -> str:
    """Return the path of the record of a cohort's private pack."""
    return f"cohorts/{cohort_id}.packed.yml"


def pack_box(cohort_id: str) -> str:
    """Return the path of the box that a cohort's private pack lies in."""
    return f"cohorts/{cohort_id}.pack.sealed"


def unpacked(cohort_id: str) -> str:
    """Return the path of the record that opens a cohort's private pack for everybody."""
    return f"cohorts/{cohort_id}.unpacked.yml"


def snapshot_ref(twin_id: str, attempt: str, number: int) -> str:
    """Return the git ref that keeps a snapshot outside a default clone."""
    return f"refs/archive/{twin_id}/{attempt}/snapshot-{number}"


def box_ref(twin_id: str, attempt: str, number: int) -> str:
    """Return the git ref that keeps the box of a receipt; a snapshot in it is at the same ref."""
    return snapshot_ref(twin_id, attempt, number)


def blinded_ref(twin_id: str, attempt: str, number: int) -> str:
    """Return the git ref that keeps what a receipt brings as a mentor may see it."""
    return f"refs/archive/{twin_id}/{attempt}/snapshot-{number}-blinded"

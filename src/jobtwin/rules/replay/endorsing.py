"""What `audit` finds in endorsements by mentors; the rules themselves are `rules.endorsement`'s."""

from __future__ import annotations

from jobtwin.findings import Code

NOT_BY_MENTOR = Code(
    "AUD-100",
    "an endorsement is not signed by its mentor",
    why="Beside a credential stands what a mentor signed with the key that was his then, or it is "
    "a forgery.",
    fix="Ask the mentor; find out what wrote the record, and take the endorsement off the site.",
)
OTHER_FILE = Code(
    "AUD-101",
    "an endorsement is not of the credential's file that it stands beside",
    why="A mentor's word is about the very bytes that he saw, and about no other credential.",
    fix="Find the commit that added it and what wrote it; take the endorsement off the site.",
)
NO_JUDGE = Code(
    "AUD-102",
    "an endorsement is by somebody whose review the credential does not rest on",
    why="An endorsement by somebody who has not graded the work would be a favour, not a finding.",
    fix="Find out what wrote the record; take the endorsement off the site.",
)
NOT_DUE = Code(
    "AUD-103",
    "an endorsement should not have been taken in",
    why="What says more than a reader is shown, is dated wrongly, or is of a revoked credential, "
    "is refused for everybody alike.",
    fix="Find out what wrote the record; take the endorsement off the site.",
)

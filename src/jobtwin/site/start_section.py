"""The end of a twin's page: how its clock is started, by a link that writes the file."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from jobtwin.records import layout
from jobtwin.site.markup import paragraphs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobtwin.records.organisation import Cohort
    from jobtwin.records.twin import Twin

_FILE = """\
# Starts the clock of your attempt. The rest may stay as it is.
format: 1
twin: {twin}

# Mentors that you know, by their ids (the site lists them); they will
# not grade you. For example: [ada-example]
relations: []

# Where you work, if you do, by its domain: no mentor from there grades
# you. This pull request may be public; the records keep a keyed hash.
# employer: example.com

# Your name, hashed with a salt that only you keep, so that you can show
# that the credential is yours. `jobtwin start --name` makes it. Without
# it the credential names nobody.
# recipient: sha256$0123...

# Your name in the open, on the credential and in these records. Only if
# you want that.
# public_name: Your Name

# A page with all your attempts, passed or not, under an id that tells
# nothing of you.
# public_record: true
"""
_NOT_YET = "This twin cannot be started yet: it has no harness. Nothing you do starts a clock."
_CLOCK = """\
**The clock starts when the pull request opens, not before.** Read the brief above first. Drafts
never move a deadline: what counts is when a push reached the server."""
_BY_LINK = """\
[Start this twin]({link}){{ .md-button .md-button--primary }}

1. The button opens a file, `start.yml`, that is filled in already. GitHub asks you to fork the
   repository first; the fork is yours, and one press makes it.
2. Change what the comments in the file explain, or nothing. Then *Commit changes* and *Propose
   changes*: nothing has started yet.
3. *Create pull request* is the last button, and opens it. Within a minute or so, one comment
   there says your deadlines, your kit and every next step; it is kept up to date.

Leave the pull request open for the whole attempt. It is never merged."""
_BY_HAND = """\
1. Make a branch with one file, `{path}`:

    ```yaml
{file}
    ```

2. Open the pull request. The answer names your deadlines and your kit seed.
3. `jobtwin kit` writes, from that seed, the repository that you start from."""
_MORE = """\
[Earn your first credential](../tutorials/earn-your-first-credential.md) goes through all of it."""
_SEALED = """\
### In a sealed cohort

Who starts from {opens} until {closes} starts in cohort `{id}`, which is sealed: nobody but the
platform and your mentor reads your work before you agree. There
`jobtwin submit start --twin {twin}` takes the place of the file above, since it makes a key for
you: [how](../how-to/seal.md)."""
_OPEN = """\
### What cannot be hidden

Before you start, know
[what an open repository cannot hide](../explanation/what-an-open-repository-cannot-hide.md)."""


def start_section(
    twin: Twin,
    visibility: str = "",
    repository: str = "",
    forecast: str = "",
    cohorts: Sequence[Cohort] = (),
) -> str:
    """Return the Markdown of how a twin is started.

    `visibility` is what the policy in force says to learners; `repository` the URL of the
    organisation's repository. Without it the file is shown, to be brought by hand. `forecast` says
    how long a result takes, before any clock runs; of `cohorts` the sealed ones are told.
    """
    if twin.harness is None:
        return _NOT_YET
    if repository:
        way = _BY_LINK.format(link=start_link(twin.id, repository))
    else:
        file = "\n".join(f"    {line}".rstrip() for line in start_file(twin.id).splitlines())
        way = _BY_HAND.format(path=f"{layout.INBOX}/start.yml", file=file)
    result = [f"**Until your result.** {forecast} [The queue now](../queue/index.md)."]
    sealed = [_sealed(twin, cohort) for cohort in cohorts if cohort.visibility == "sealed"]
    parts = [_CLOCK, *(result if forecast else ()), way, _MORE, *sealed, _OPEN]
    return "\n\n".join([*parts, paragraphs(visibility)] if visibility else parts)


def _sealed(twin: Twin, cohort: Cohort) -> str:
    opens, closes = (f"{at:%Y-%m-%d}" for at in (cohort.opens, cohort.closes))
    return _SEALED.format(opens=opens, closes=closes, id=cohort.id, twin=twin.id)


def start_file(twin_id: str) -> str:
    """Return start.yml to begin with: valid as it is, its comments say what else may stand."""
    return _FILE.format(twin=twin_id)


def start_link(twin_id: str, repository: str) -> str:
    """Return the link that begins start.yml in the learner's own fork."""
    value = quote(start_file(twin_id), safe="")
    return f"{repository}/new/main/{layout.INBOX}?filename=start.yml&value={value}"

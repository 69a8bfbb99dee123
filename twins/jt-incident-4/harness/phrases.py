"""What gold submissions say, several ways for each level; none of it names a level."""

from __future__ import annotations

PLAIN = {
    "find": (
        "Some answers are about another product than the one typed",
        "For some product names the assistant answers for a different, similar sounding product",
        "A misspelt or rare product name can bring up the leaflet of another product",
    ),
    "latest": (
        "Some answers come from leaflets that are no longer valid",
        "For some products the assistant reads an old leaflet instead of the one in force",
        "Withdrawn editions of some leaflets are being quoted as if they were current",
    ),
    "dose": (
        "Some doses on screen are above the maximum",
        "For some patients the assistant shows a daily dose that the leaflet does not allow",
        "The upper limit is not applied to some of the doses that are shown",
    ),
    "context": (
        "Some answers deny an interaction that the leaflet lists",
        "Asked about long lists of medicines, the assistant leaves known interactions out",
        "Some interaction warnings are missing, and the answer says that there are none",
    ),
}
JARGON = {
    "find": (
        "find_entries miss path returns nearest key; key mismatch visible in trace",
        "catalogue lookup falls through to fuzzy branch, wrong id propagates to composer",
    ),
    "latest": (
        "select_leaflet comparator wrong for minor >= 10, n affected unclear",
        "version sort is lexicographic somewhere in catalogue_store, repro pending",
    ),
    "dose": (
        "dose_for lacks clamp on one branch, facts out of range in trace",
        "guard_rails sees a citation so it passes, dose table path not bounded",
    ),
    "context": (
        "assemble_context drops tail rows once budget is hit, composer sees no hit",
        "context window truncation before interaction join, rows lost silently",
    ),
}
UNKNOWN = (
    "We do not yet know how many answers are wrong; the first report came from {town}.",
    "A branch in {town} reported a wrong answer. How many others there are is not known yet.",
    "Confirmed in {town}: at least one wrong answer. We are counting the others now.",
)
MEANWHILE = (
    "Please use paper leaflets for every question until we say otherwise.",
    "Until we write again: answer from the paper leaflet, and do not read from the screen.",
    "Do not rely on the screen; take the paper leaflet to the counter for each question.",
)
COUNTED = (
    "About one in ten answers since the morning's release.",
    "Roughly every tenth answer since this morning is concerned, in all branches alike.",
    "It began with the morning's release; about a tenth of all answers are affected.",
)
KIOSKS = (
    "Paper leaflets only; kiosk printing should stay off.",
    "Go on with paper, and leave the kiosks switched off.",
    "Nothing changes for you: paper leaflets, no printing at the kiosk.",
)
CHECKING = (
    "The fix is written and being checked against the whole catalogue.",
    "We have a fix. It is being compared with the register, product by product.",
    "A correction is ready; before it goes out, every product is asked about once.",
)
CLOSED = (
    "The fix is out, and answers agree with the register again. Kiosks may print.",
    "Resolved: all answers were compared with the register and agree. Screens and kiosks are fine.",
    "The correction is live everywhere. You can use the assistant and the kiosks again.",
)
AFTERWARDS = (
    "The safety desk calls everybody who got a wrong answer.",
    "Whoever got a wrong answer is being called by the safety desk today.",
    "Branches get a list of the customers concerned from the safety desk.",
)
THIN = (
    (
        "Answers of the assistant may be wrong. We are looking into it.",
        "There are complaints about wrong answers, and we have started to investigate.",
        "The assistant may be giving wrong answers at the moment.",
    ),
    ("{plain}.", "{plain}, as we know by now.", "We found that: {lower}."),
    (
        "{plain}; a fix is being tested.",
        "{plain}. Work on the fix goes on.",
        "A fix for this is on its way: {lower}.",
    ),
    ("A fix is in place.", "The fix has been rolled out.", "This is fixed now."),
)
VAGUE = (
    "Looking into a problem right now.",
    "There is an issue; we are on it.",
    "Something is off with the assistant. Checking.",
    "Investigating. More when we know more.",
    "Got paged, having a look at the service.",
    "Trouble with the assistant, cause unknown.",
    "Yes, we have seen it. Working on it.",
    "Analysis in progress.",
)
PATCHING = (
    "Patch up, running pytest on all variants, rollout after green CI.",
    "Fix on branch hotfix/1, unit tests pass, waiting for the pipeline.",
    "Reverted the suspicious commit locally, trace replay looks good, deploying.",
)
TITLES = (
    "wrong answers after the morning's release",
    "what the assistant told customers, and why",
    "the assistant contradicted its own leaflets",
    "incident of today's release",
)
OPENINGS = (
    "Paged; log and the three complaints read, the first one replayed.",
    "Page accepted. The three reported requests replayed: all wrong.",
    "On call; read the pager log, and sent the first reported request again.",
)
ENDINGS = (
    "Hotfix, regression test and alert rule handed in.",
    "Fix, test and alert handed over for rollout.",
    "Handed in: the fix, a test for the whole class, a new alert.",
)
BEGAN = (
    "In the last release, {cause}.",
    "Since this morning's deploy, {cause}. The release before it did not have this.",
    "The cause is one step of the pipeline: {cause}.",
)
LET_PASS = (
    (
        "The guard rails check that an answer has a citation, not that it is the right one. The "
        "review looked at single examples, no test covered the rule over the whole catalogue, and "
        "no alert compared what we said with what the register says."
    ),
    (
        "Three nets had the same hole. The tests held a handful of products that all happened to "
        "work, the review read the diff without the contract beside it, and the alerts watch "
        "errors and latency, while a wrong answer is neither."
    ),
    (
        "Nothing stopped it, because nothing looked at content: the unit tests assert that there "
        "is an answer, guard rails ask for a citation of any kind, and monitoring counts "
        "refusals. A confident wrong answer passes all three."
    ),
)
METHOD = (
    (
        "Counted by sending every request of the trace, from {onset} to its end, to the mended "
        "service and comparing status, facts and citation."
    ),
    (
        "We replayed the whole trace from {onset} on against the mended service; an answer counts "
        "as wrong where status, facts or citation differ."
    ),
    (
        "From {onset}, the first wrong one, to the end of the trace, each logged answer was "
        "compared with what the mended service says to the same request."
    ),
)
SEEN = (
    "All were shown to patients or printed.",
    "Every one of them was read out or printed for a patient.",
    "They reached customers at the counter and at the kiosk.",
)
GUESSED = (
    "Estimated from one hour.",
    "Extrapolated from the complaints that came in before noon.",
    "A rough figure: the share of wrong ones in the first fifty lines, times the day's requests.",
)
OWNERS = ("Safety desk", "Platform", "Assistant team", "Support lead", "Data stewards")
SPECIFIC = (
    "Call the patients behind the wrong answers back",
    "Run the regression test over the whole catalogue before every rollout",
    "Compare facts with the register in the guard rails, and refuse where they differ",
    "Review the contract's other rules the same way, one test for each",
    "Replay yesterday's trace on each release and stop it when answers change unannounced",
    "Keep the new alert on the first dashboard that the on-call engineer opens",
    "Send branches the list of customers concerned, with what they were told",
    "Let the kiosk print the leaflet's edition beside each answer",
)
VAGUE_PLANS = (
    "Improve the tests",
    "Better monitoring",
    "Look at the other rules, too",
    "Raise awareness of the contract",
    "Make reviews more thorough",
    "Clean up the pipeline",
    "Document the service better",
)
EMPTY = (
    "More tests",
    "More monitoring",
    "Be careful with releases",
    "Discuss this in the next retrospective",
    "Keep an eye on it",
    "Check the code again",
)
SHALLOW = (
    "A bug in one module. It is fixed.",
    "There was an error in the code of the last release, which has been corrected.",
    "A regression. The change was wrong and was changed back to how it should be.",
    "The software did not work as intended in some cases. We found the line and mended it.",
)
NO_FIGURE = (
    "Some answers were wrong during the morning. It is hard to say how many.",
    "A number of customers got wrong answers. We have no reliable figure.",
    "Limited to certain products, and probably not many people.",
    "The morning's traffic, more or less; the log would have to be analysed for more.",
)
BLAME = (
    "# What happened\n\n{person} merged code without testing it and nobody stopped it. ",
    "# Post-mortem\n\nThis was {person}'s change, pushed in a hurry. ",
    "# Incident report\n\nThe developer on duty, {person}, broke the assistant. ",
)
MORALS = (
    (
        "People have to be more careful.\n\n## Root cause\n\nHuman error. {person} should have "
        "known the contract.\n\n## Blast radius\n\nA few customers.\n"
    ),
    (
        "With a second look it would not have happened.\n\n## Root cause\n\nCarelessness.\n\n"
        "## Follow-ups\n\n- Talk to {person}\n"
    ),
    (
        "The rest of the team had to clean up.\n\n## Root cause\n\n{person} did not read the "
        "guidelines, which are clear on this.\n"
    ),
)
NOTES = (
    "# Post-mortem\n\nFixed. For the record: {cause}.\n",
    "# Notes\n\n{cause}. Patched in the hotfix; see the diff for everything else.\n",
    "# Summary\n\nWrong answers were given and no longer are. Technically, {cause}.\n",
)

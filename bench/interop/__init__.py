"""Do others' verifiers see in our credentials what we see in them, and we in theirs?

cases        our credentials in all their forms, good and bad, with the site they point at
strangers    the verifiers that are not ours, each asked about every case it can read
inward       credentials that those libraries sign, and the specification's examples, for ours
table        who accepts what, as docs/reference/interop.md
"""

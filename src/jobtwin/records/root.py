"""keys/root.yml: the key that vouches for the issuer's keys, and is never on a machine that signs.

Optional. Once it is there, `keys/issuer-keys.yml.sig` is its SSH signature over
`keys/issuer-keys.yml`, made anew with every change of that file. Another root needs
`keys/root.yml.sig` over the new file, by the root before it.
"""

from __future__ import annotations

from jobtwin.records.base import Moment, Record
from jobtwin.records.organisation import SshPublicKey


class Root(Record):
    """The root key of an organisation."""

    key: SshPublicKey
    since: Moment

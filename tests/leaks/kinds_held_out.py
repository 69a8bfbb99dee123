"""The ten kinds of leaks that were written down after the scanner was committed."""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import io
import pickle
import quopri
import sqlite3
import tarfile
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

from tests.leaks.kinds_fixed import _COMMENT, _TEXT
from tests.leaks.people import Person, plain
from tests.leaks.planting import Field, Kind, Leak, noted, planted


def _config(field: Field, kind: str, form: str, owner: Person, text: str, *tells: str) -> Leak:
    """Plant a line in some file's comment or prose."""
    path = field.path(*_TEXT)
    return planted(kind, form, path, field.insert(path, noted(_COMMENT, path, text)), owner, *tells)


def in_base64(field: Field, owner: Person, form: str) -> Leak:
    """A name packed in base64 or base32."""

    def encoded(text: str) -> str:
        return base64.b64encode(text.encode()).decode()

    text = {
        "basic auth": f"Authorization: Basic {encoded(f'{owner.login}:hunter2')}",
        "secret": f"  username: {encoded(owner.mail)}",
        "url safe": f"state={base64.urlsafe_b64encode(owner.name.encode()).decode()}",
        "twice": f"token: {encoded(encoded(f'user={owner.login}'))}",
        "base32": f"otp: {base64.b32encode(owner.login.encode()).decode()}",
        "data url": f"data:text/plain;base64,{encoded(f'made by {owner.name} in 2026')}",
    }[form]
    return _config(field, "base64", form, owner, text, text.split()[-1])


def escaped(field: Field, owner: Person, form: str) -> Leak:
    """A name in escapes."""
    name = owner.login
    text = {
        "hex": owner.mail.encode().hex(),
        "percent": f"https://tracker.example/?q={''.join(f'%{ord(c):02X}' for c in name)}",
        "entities": "".join(f"&#{ord(c)};" for c in name),
        "unicode escapes": "".join(f"\\u{ord(c):04x}" for c in name),
        "byte escapes": "".join(f"\\x{ord(c):02x}" for c in name),
        "quoted printable": quopri.encodestring(owner.name.encode(), quotetabs=True).decode(),
        "numbers": ", ".join(str(ord(c)) for c in name),
        "query": f"/search?author={quote(owner.name)}&page=2",
        "named entities": html.escape(f'<a title="{owner.family}">'),
    }[form]
    return _config(field, "escapes", form, owner, text, text)


def letters(field: Field, owner: Person, form: str) -> Leak:
    """A name in letters that only look the same."""
    login = plain(owner.given) + plain(owner.family)
    cyrillic = str.maketrans("aeopcx", "аеорсх")
    text = {
        "fullwidth": "".join(chr(ord(c) + 0xFEE0) for c in login),
        "zero width": "\u200b".join(owner.family),
        "combining": "".join(f"{c}\u0301" for c in plain(owner.family)),
        "cyrillic": login.translate(cyrillic),
        "mathematical": "".join(chr(0x1D41A + ord(c) - ord("a")) for c in plain(owner.family)),
        "soft hyphens": "\u00ad".join(owner.family),
        "circled": "".join(chr(0x24D0 + ord(c) - ord("a")) for c in login),
    }[form]
    return _config(field, "other letters", form, owner, f"idea: {text}", text)


def split(field: Field, owner: Person, form: str) -> Leak:
    """A name in parts, or turned round."""
    first, last, login = plain(owner.given), plain(owner.family), owner.login
    half = len(last) // 2
    text = {
        "strings": f'NAME = "{last[:half]}" + "{last[half:]}"',
        "lines": f"{last[:half]}-\n{last[half:]}",
        "spaced": " ".join(last.upper()),
        "dotted": ".".join(login),
        "reversed": f"{first}{last}"[::-1],
        "reversed path": f"/{last}/{first}/out",
        "rot13": f"{first}{last}".translate(
            str.maketrans("abcdefghijklmnopqrstuvwxyz", "nopqrstuvwxyzabcdefghijklm")
        ),
        "list": f"parts = {[last[:half], last[half:]]!r}",
    }[form]
    return _config(field, "split", form, owner, text, text)


def in_code(field: Field, owner: Person, form: str) -> Leak:
    """A name within names of the program, or of a file."""
    first, last = plain(owner.given), plain(owner.family)
    if form == "file name":
        path = f"src/{last}_helpers.py"
        return planted("program names", form, path, field.add(path, "X = 1\n"), owner, last)
    if form == "folder":
        path = f"{first}_{last}/notes.txt"
        return planted("program names", form, path, field.add(path, "nothing\n"), owner, last)
    text = {
        "class": f"class {last.title()}Client: pass",
        "function": f"def {last}_score(x): return x",
        "variable": f"my{last.title()}Index = 3",
        "constant": f"{last.upper()}_TOKEN = None",
        "branch": f'BRANCH = "feature/{first[0]}{last}/pool"',
    }[form]
    path = field.path(".py")
    return planted("program names", form, path, field.insert(path, text), owner, last)


def key_material(field: Field, owner: Person, form: str) -> Leak:
    """A key, its fingerprint or its comment."""
    armour = "PGP PUBLIC KEY BLOCK-----"
    block = base64.b64encode(field.rng.randbytes(90)).decode()
    text = {
        "authorized key": f"ssh-ed25519 {owner.key_blob} {owner.home}@thinkpad",
        "blob alone": owner.key_blob,
        "fingerprint": f"256 {owner.fingerprint} (ED25519)",
        "pgp block": f"-----BEGIN {armour}\n\n{block}\n-----END {armour}",
        "gpg fingerprint": "Key fingerprint = "
        + " ".join(field.rng.randbytes(2).hex().upper() for _ in range(10)),
    }[form]
    path = field.path(".md", ".yml")
    return planted("keys", form, path, field.insert(path, text), owner, text[-60:])


def badge(field: Field, owner: Person, form: str) -> Leak:
    """A badge, a picture of somebody, or a digest of an address."""
    login, number = owner.login, field.rng.randrange(10**6, 10**8)
    text = {
        "actions": f"![ci](https://github.com/{login}/svc/actions/workflows/ci.yml/badge.svg)",
        "codecov": f"![cov](https://codecov.io/gh/{login}/svc/branch/main/graph/badge.svg)",
        "shields": f"![stars](https://img.shields.io/github/stars/{login}/svc)",
        "avatar": f"![me](https://avatars.githubusercontent.com/u/{number}?v=4)",
        "gravatar": "https://www.gravatar.com/avatar/"
        + hashlib.md5(owner.mail.lower().encode()).hexdigest(),
        "colab": f"[open](https://colab.research.google.com/github/{login}/svc/blob/main/a.ipynb)",
        "binder": f"https://mybinder.org/v2/gh/{login}/svc/HEAD",
    }[form]
    path = field.path(".md")
    tell = str(number) if form == "avatar" else login if login in text else text.rsplit("/", 1)[-1]
    return planted("badges", form, path, field.insert(path, text), owner, tell)


def configuration(field: Field, owner: Person, form: str) -> Leak:
    """Accounts and machines in settings."""
    login, home = owner.login, owner.home
    text = {
        "image": f"image: ghcr.io/{login}/retrieval:1.2",
        "database": f"DATABASE_URL: postgresql://{home}:secret@db.internal:5432/app",
        "environment": f"USER={home}",
        "git": f'git config user.name "{owner.name}"',
        "prompt": f"{home}@{home}s-laptop:~/work$ make run",
        "machine": f"host: {home}s-MacBook-Pro.local",
        "bucket": f"s3://{plain(owner.family)}-experiments/index",
        "space": f"https://huggingface.co/spaces/{login}/demo",
    }[form]
    path = field.path(".md", ".yml")
    lines = field.insert(path, noted(_COMMENT, path, text))
    tells = {"image": login, "space": login, "git": owner.family, "bucket": plain(owner.family)}
    return planted("configuration", form, path, lines, owner, tells.get(form, home))


def packed(field: Field, owner: Person, form: str) -> Leak:
    """Something that tells, inside another file."""
    note = f"Written by {owner.name} <{owner.mail}>\n".encode()
    target = io.BytesIO()
    if form == "zip":
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(zipfile.ZipInfo("data/notes.md"), note)
    elif form == "tar.gz":
        with tarfile.open(fileobj=target, mode="w:gz") as archive:
            entry = tarfile.TarInfo("notes.md")
            entry.size = len(note)
            archive.addfile(entry, io.BytesIO(note))
    elif form == "gz":
        target.write(gzip.compress(note * 30, mtime=0))
    elif form == "pickle":
        target.write(pickle.dumps({"contact": owner.mail, "x": list(range(50))}, protocol=2))
    elif form == "sqlite":
        with TemporaryDirectory() as folder:
            database = Path(folder) / "a.db"
            with sqlite3.connect(database) as base:
                base.execute("create table people (mail text)")
                base.execute("insert into people values (?)", (owner.mail,))
            base.close()
            target.write(database.read_bytes())
    else:
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as outer:
            inner = io.BytesIO()
            with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr(zipfile.ZipInfo("a.txt"), note)
            outer.writestr(zipfile.ZipInfo("inner.zip"), inner.getvalue())
    path = f"data/state.{'zip' if form == 'nested zip' else form}"
    field.files[path] = target.getvalue()
    return planted("packed", form, path, None, owner, owner.mail)


def in_words(field: Field, owner: Person, form: str) -> Leak:
    """Somebody who says who he or she is."""
    text = {
        "introduction": f"Hi, my name is {owner.name} and this is my second attempt.",
        "signature": f"Best regards,\n{owner.name}",
        "by": f"by {owner.name}",
        "telephone": f"Call me at +44 7911 {field.rng.randrange(100000, 999999)}",
        "orcid": "https://orcid.org/0000-0002-1825-0097",
        "telegram": f"Telegram: {owner.login.replace('-', '_')}",
        "student": f"Student ID: {field.rng.randrange(1000000, 9999999)}",
        "site": f"My notes are at https://t.me/{owner.login.replace('-', '_')}",
    }[form]
    path = field.path(".md")
    tells = {"telephone": text[-6:], "orcid": "1825-0097", "student": text[-7:]}
    tell = tells.get(
        form, owner.login.replace("-", "_") if form in ("telegram", "site") else owner.family
    )
    return planted("in words", form, path, field.insert(path, text), owner, tell)


HELD_OUT = (
    Kind(
        "base64",
        in_base64,
        ("basic auth", "secret", "url safe", "twice", "base32", "data url"),
        known_only=True,
    ),
    Kind(
        "escapes",
        escaped,
        (
            "hex",
            "percent",
            "entities",
            "unicode escapes",
            "byte escapes",
            "quoted printable",
            "numbers",
            "query",
            "named entities",
        ),
        known_only=True,
    ),
    Kind(
        "other letters",
        letters,
        (
            "fullwidth",
            "zero width",
            "combining",
            "cyrillic",
            "mathematical",
            "soft hyphens",
            "circled",
        ),
        known_only=True,
    ),
    Kind(
        "split",
        split,
        (
            "strings",
            "lines",
            "spaced",
            "dotted",
            "reversed",
            "reversed path",
            "rot13",
            "list",
        ),
        known_only=True,
    ),
    Kind(
        "program names",
        in_code,
        ("class", "function", "variable", "constant", "branch", "file name", "folder"),
        known_only=True,
    ),
    Kind(
        "keys",
        key_material,
        ("authorized key", "blob alone", "fingerprint", "pgp block", "gpg fingerprint"),
    ),
    Kind(
        "badges",
        badge,
        ("actions", "codecov", "shields", "avatar", "gravatar", "colab", "binder"),
    ),
    Kind(
        "configuration",
        configuration,
        ("image", "database", "environment", "git", "prompt", "machine", "bucket", "space"),
    ),
    Kind("packed", packed, ("zip", "tar.gz", "gz", "pickle", "sqlite", "nested zip")),
    Kind(
        "in words",
        in_words,
        (
            "introduction",
            "signature",
            "by",
            "telephone",
            "orcid",
            "telegram",
            "student",
            "site",
        ),
    ),
)

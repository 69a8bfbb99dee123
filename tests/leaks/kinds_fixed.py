"""The ten kinds of leaks that were written down before there was a scanner."""

from __future__ import annotations

import io
import json
import zipfile

from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pypdf import PdfWriter
from tests.leaks.people import Person, plain
from tests.leaks.planting import Field, Kind, Leak, noted, planted
from tests.leaks.repositories import notebook

_COMMENT = {".py": "# ", ".yml": "# ", ".toml": "# ", ".js": "// ", ".css": "/* */ "}
_TEXT = (".py", ".yml", ".md", ".js")


def mail(field: Field, owner: Person, form: str) -> Leak:
    """A mail address: in a comment, in prose, as a link, in a string."""
    address = owner.mail.upper() if form == "upper case" else owner.mail
    local, host = address.split("@")
    text = {
        "comment": f"written by {address}, ask there",
        "link": f"[write to me](mailto:{address}?subject=service)",
        "string": f'CONTACT = "{address}"',
        "upper case": f"Questions: <{address}>",
        "obfuscated": f"reach me: {local} [at] {host.replace('.', ' [dot] ')}",
    }[form]
    path = field.path(*((".py",) if form == "string" else (".md",) if form == "link" else _TEXT))
    line = text if form == "string" else noted(_COMMENT, path, text)
    return planted("mail address", form, path, field.insert(path, line), owner, local)


def handle(field: Field, owner: Person, form: str) -> Leak:
    """A handle with its sign."""
    text = {
        "prose": f"Thanks for reading, @{owner.login} wrote this.",
        "todo": f"TODO({owner.login}): measure again",
        "network": f"Twitter: @{owner.login.replace('-', '_')}",
        "mastodon": f"I toot as @{owner.login}@fosstodon.org",
        "review": f"cc @{owner.login} for review",
    }[form]
    path = field.path(*_TEXT)
    lines = field.insert(path, noted(_COMMENT, path, text))
    return planted("handle", form, path, lines, owner, owner.login, owner.login.replace("-", "_"))


def profile(field: Field, owner: Person, form: str) -> Leak:
    """An address of somebody's page or repository."""
    login = owner.login
    text = {
        "github": f"https://github.com/{login}/retrieval-service",
        "ssh": f"git@github.com:{login}/retrieval-service.git",
        "linkedin": f"https://www.linkedin.com/in/{login}/",
        "pages": f"https://{login}.github.io/retrieval/",
        "gitlab": f"https://gitlab.com/{login}/work/-/issues/3",
    }[form]
    path = field.path(*_TEXT)
    lines = field.insert(path, noted(_COMMENT, path, f"see {text}"))
    return planted("profile or repository", form, path, lines, owner, login)


def home(field: Field, owner: Person, form: str) -> Leak:
    """A path below somebody's home folder."""
    user = owner.home
    text = {
        "linux": f"/home/{user}/work/service/index.bin",
        "mac": f"/Users/{user}/Documents/service",
        "windows": f"C:\\Users\\{user}\\Desktop\\service",
        "escaped": f"C:\\\\Users\\\\{user}\\\\service\\\\run.py",
        "file url": f"file:///home/{user}/out/report.html",
    }[form]
    path = field.path(*_TEXT)
    lines = field.insert(path, noted(_COMMENT, path, f"wrote {text}"))
    return planted("home path", form, path, lines, owner, user)


def trailer(field: Field, owner: Person, form: str) -> Leak:
    """A line that git puts below a commit message, kept in a file."""
    who = f"{owner.name} <{owner.mail}>"
    text = {
        "signed off": f"Signed-off-by: {who}",
        "co-author": f"Co-authored-by: {who}",
        "name only": f"Reviewed-by: {owner.name}",
        "patch": f"From 1f0c9a7d Mon Sep 17 00:00:00 2001\nFrom: {who}\nDate: Mon, 2 Mar 2026",
        "log": f"commit 91f0c2\nAuthor: {who}\nDate:   Mon Mar 2 10:00:00 2026 +0100",
    }[form]
    path = rng_path(field, ["CHANGELOG.md", "patches/0001-fix.patch", "docs/history.txt"])
    lines = field.add(path, f"fix the pool\n\n{text}\n")
    return planted("git trailer", form, path, lines, owner, owner.family, owner.mail)


def rng_path(field: Field, paths: list[str]) -> str:
    """Return one of the paths."""
    return field.rng.choice(paths)


def author_field(field: Field, owner: Person, form: str) -> Leak:
    """The author of a package, as its own file says it."""
    name, address = owner.name, owner.mail
    people = f"  - family-names: {owner.family}\n    given-names: {owner.given}\n"
    cff = f"cff-version: 1.2.0\nauthors:\n{people}"
    path, text = {
        "pyproject": ("pkg/pyproject.toml", f'[project]\nauthors = [{{ name = "{name}" }}]\n'),
        "package.json": ("pkg/package.json", f'{{\n  "name": "x",\n  "author": "{name}"\n}}\n'),
        "setup.cfg": ("setup.cfg", f"[metadata]\nauthor = {name}\nauthor_email = {address}\n"),
        "citation": ("CITATION.cff", cff),
        "codeowners": (".github/CODEOWNERS", f"* @{owner.login}\n/docs/ {address}\n"),
        "setup.py": (
            "setup.py",
            f'from setuptools import setup\nsetup(name="x", author="{name}")\n',
        ),
    }[form]
    tell = owner.login if form == "codeowners" else owner.family
    return planted("package author", form, path, field.add(path, text), owner, tell)


def copyright_line(field: Field, owner: Person, form: str) -> Leak:
    """Whose the copyright is."""
    text = {
        "licence": f"Copyright (c) 2026 {owner.name}",
        "sign": f"© 2025-2026 {owner.name}. All rights reserved.",
        "spdx": f"SPDX-FileCopyrightText: 2026 {owner.name} <{owner.mail}>",
        "author tag": f"@author {owner.name}",
        "dunder": f'__author__ = "{owner.name}"',
    }[form]
    if form in ("spdx", "author tag", "dunder"):
        path = field.path(".py")
        text = text if form == "dunder" else f"# {text}"
    else:
        path = "LICENSE" if "LICENSE" in field.files else field.path(".md")
    return planted("copyright", form, path, field.insert(path, text), owner, owner.family)


def notebook_metadata(field: Field, owner: Person, form: str) -> Leak:
    """What a notebook says of its writer beside the cells' text."""
    book = json.loads(notebook(field.rng))
    cell = book["cells"][1]
    if form == "authors":
        book["metadata"]["authors"] = [{"name": owner.name}]
    elif form == "kernel":
        book["metadata"]["kernelspec"]["display_name"] = f"Python 3 ({owner.home}-venv)"
        book["metadata"]["kernelspec"]["name"] = f"{owner.home}-venv"
    elif form == "output path":
        cell["outputs"][1]["text"] = [f"/home/{owner.home}/work/run.py:3: UserWarning: slow\n"]
    elif form == "traceback":
        file = f"/Users/{owner.home}/work/run.py"
        frame = f"\u001b[0;32m{file}\u001b[0m in \u001b[0;36m<module>\u001b[0m\n"
        error = {"output_type": "error", "ename": "KeyError", "evalue": "3", "traceback": [frame]}
        cell["outputs"].append(error)
    else:
        account = {"displayName": owner.name, "userId": "11235813213455"}
        cell["metadata"]["executionInfo"] = {"user": account, "user_tz": -60}
    path = "notebooks/explore.ipynb"
    field.files[path] = json.dumps(book, indent=1, ensure_ascii=False).encode()
    tell = owner.family if form in ("authors", "colab") else owner.home
    return planted("notebook metadata", form, path, None, owner, tell)


def picture_metadata(field: Field, owner: Person, form: str) -> Leak:
    """What a picture says of its maker beside its pixels."""
    image = Image.frombytes("RGB", (16, 16), field.rng.randbytes(16 * 16 * 3))
    target = io.BytesIO()
    exif = Image.Exif()
    exif[0x013B] = plain(owner.family)
    exif[0x8298] = f"(c) {plain(owner.family)}"
    if form == "jpeg exif":
        image.save(target, "JPEG", exif=exif)
    elif form == "jpeg comment":
        image.save(target, "JPEG", comment=f"by {plain(owner.family)}")
    elif form == "png text":
        info = PngInfo()
        info.add_text("Author", plain(owner.family))
        image.save(target, "PNG", pnginfo=info)
    elif form == "png packed text":
        info = PngInfo()
        info.add_itxt("XML:com.adobe.xmp", f"<dc:creator>{owner.family}</dc:creator>", zip=True)
        image.save(target, "PNG", pnginfo=info)
    elif form == "webp exif":
        image.save(target, "WEBP", exif=exif)
    else:
        image.save(target, "TIFF", artist=plain(owner.family))
    endings = {"jpeg": "jpg", "png": "png", "webp": "webp", "tiff": "tif"}
    path = f"img/screen.{endings[form.split(maxsplit=1)[0]]}"
    field.files[path] = target.getvalue()
    tells = (owner.family, plain(owner.family))
    return planted("picture metadata", form, path, None, owner, *tells)


def document_metadata(field: Field, owner: Person, form: str) -> Leak:
    """What a PDF or an Office file says of its writer."""
    family = owner.family
    if form.startswith("pdf"):
        writer, target = PdfWriter(), io.BytesIO()
        writer.add_blank_page(200, 200)
        writer.add_metadata({"/Author": owner.name, "/Title": "Postmortem"})
        if form == "pdf packed":
            writer.compress_identical_objects()
        writer.write(target)
        path = "docs/postmortem.pdf"
        field.files[path] = target.getvalue()
        return planted("document metadata", form, path, None, owner, family)
    core = f"<cp:coreProperties><dc:creator>{owner.name}</dc:creator></cp:coreProperties>"
    path = {"docx": "docs/report.docx", "xlsx": "docs/numbers.xlsx", "odt": "docs/notes.odt"}[form]
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("[Content_Types].xml"), "<Types/>")
        name = "meta.xml" if form == "odt" else "docProps/core.xml"
        archive.writestr(zipfile.ZipInfo(name), core)
    field.files[path] = target.getvalue()
    return planted("document metadata", form, path, None, owner, family)


FIXED = (
    Kind("mail address", mail, ("comment", "link", "string", "upper case", "obfuscated")),
    Kind("handle", handle, ("prose", "todo", "network", "mastodon", "review")),
    Kind("profile or repository", profile, ("github", "ssh", "linkedin", "pages", "gitlab")),
    Kind("home path", home, ("linux", "mac", "windows", "escaped", "file url")),
    Kind("git trailer", trailer, ("signed off", "co-author", "name only", "patch", "log")),
    Kind(
        "package author",
        author_field,
        ("pyproject", "package.json", "setup.cfg", "citation", "codeowners", "setup.py"),
    ),
    Kind("copyright", copyright_line, ("licence", "sign", "spdx", "author tag", "dunder")),
    Kind(
        "notebook metadata",
        notebook_metadata,
        ("authors", "kernel", "output path", "traceback", "colab"),
    ),
    Kind(
        "picture metadata",
        picture_metadata,
        ("jpeg exif", "jpeg comment", "png text", "png packed text", "webp exif", "tiff artist"),
    ),
    Kind("document metadata", document_metadata, ("pdf", "pdf packed", "docx", "xlsx", "odt")),
)

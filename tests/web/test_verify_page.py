"""/verify in a real browser: what a stranger does with it, good and bad, and what it shows."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from tests.attacks.mutations import (
    DID_JSON,
    JWKS,
    SIGNED,
    STRANGER,
    STRANGER_DID,
    Scene,
    altered,
    drop,
    issued,
    png,
    put,
    svg,
    token,
)
from tests.unit.credential import conftest as sample
from tests.unit.credential import test_bundle as bundles
from tests.unit.credential.conftest import INDEX, ISSUED_AT, ISSUER, LIST_URL, SITE, Academy
from tests.web.cases import NAME, SALT
from tests.web.conftest import EVERYWHERE, WEB, Net
from tests.web.ssh_signing import public_line, ssh_signature

from jobtwin.credential import bundle, holder, keys, proof
from jobtwin.credential.jsonbytes import to_bytes
from jobtwin.credential.verdicts import UNREAD
from jobtwin.rules.signature import ISSUER_KEYS

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

PAGE = f"{SITE}/verify/"
OWN = f"{SITE}/credentials/7f/{'7f' * 16}/credential.json"
OTHER = "https://other.example"


def made(*edits: Any) -> bytes:
    scene = Scene()
    for edit in edits:
        edit(scene)
    return scene.content


def drop_file(page: Page, name: str, content: bytes) -> None:
    """Drop a file on the page, as from a folder's window."""
    encoded = base64.b64encode(content).decode()
    page.evaluate(
        """([name, encoded]) => {
          const bytes = Uint8Array.from(atob(encoded), (c) => c.charCodeAt(0));
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(new File([bytes], name));
          document.body.dispatchEvent(
            new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
        }""",
        [name, encoded],
    )


def verdicts(page: Page) -> dict[str, str]:
    """Return the verdicts that the page shows, once it is done."""
    page.wait_for_selector("#result:not([aria-busy]) #headline")
    cards = page.locator("[data-verdict]")
    return {
        card.get_attribute("data-verdict") or "": card.get_attribute("data-value") or ""
        for card in cards.all()
    }


def headline(page: Page) -> str:
    page.wait_for_selector("#result:not([aria-busy]) #headline")
    return page.inner_text("#headline-title")


def test_the_address_of_a_credential_is_verified_step_by_step(page: Page, net: Net) -> None:
    net.files[OWN] = made(issued(put("id", OWN)))
    page.goto(PAGE)
    page.fill("#url", OWN)
    page.press("#url", "Enter")
    assert headline(page) == "Genuine, and it holds", page.inner_text("#headline")
    assert verdicts(page) == {
        "signature": "valid",
        "status": "holds",
        "issuer": "known",
        "freshness": "fresh",
        "holder": "not_shown",
    }
    assert page.locator("#steps .step").count() == 12
    shown_at = page.locator(".facts a").get_attribute("href")
    assert shown_at == OWN.removesuffix("credential.json")
    same_key = page.inner_text("#step-jwks")
    assert "hold the same keys" in same_key
    assert {url.split("/")[2] for url in net.asked} == {"twins.example"}


def test_a_deep_link_verifies_by_itself_and_shows_the_name(page: Page, net: Net) -> None:
    identity = {
        "type": "IdentityObject",
        "identityType": "name",
        "hashed": True,
        "identityHash": holder.hashed(NAME, SALT),
    }
    net.files[OWN] = made(issued(put("id", OWN), put("credentialSubject.identifier", [identity])))
    folder = OWN.removesuffix("credential.json")
    page.goto(f"{PAGE}?url={quote(folder, safe='')}#name={quote(NAME)}&salt={SALT}")
    assert verdicts(page)["holder"] == "shown"
    assert f"Issued to {NAME}" in page.inner_text("[data-verdict=holder]")
    page.goto(f"{PAGE}?url={quote(f'{folder}#name=Mia&salt={SALT}', safe='')}")
    assert verdicts(page)["holder"] == "mismatch"
    assert headline(page) == "Genuine, but issued to somebody else"
    assert all("name" not in url for url in net.asked)


def test_a_forged_one_is_red_and_nothing_in_it_counts(page: Page, net: Net) -> None:
    page.goto(PAGE)
    drop_file(page, "credential.json", made(altered(put("name", "Another name"))))
    assert headline(page).startswith("Forged")
    assert page.locator(".facts a").count() == 0
    assert page.locator("#headline.bad").count() == 1
    assert verdicts(page)["signature"] == "forged"
    assert "nothing of this is proven" in page.inner_text(".facts")
    assert "VC-024" in page.inner_text("#step-signature")


def test_a_revoked_one_is_genuine_and_withdrawn(page: Page, net: Net) -> None:
    net.files[LIST_URL] = Academy().publish(revoked=(INDEX,)).resources[LIST_URL]
    page.goto(PAGE)
    drop_file(page, "credential.json", SIGNED)
    assert headline(page) == "Genuine, but withdrawn: do not rely on it"
    assert (verdicts(page)["signature"], verdicts(page)["status"]) == ("valid", "revoked")
    assert page.locator(".bad").count() == 0


def test_an_unknown_issuer_is_a_caution_and_no_forgery(page: Page, net: Net) -> None:
    document = sample.badge() | {"issuer": STRANGER_DID}
    del document["credentialStatus"]
    signer = keys.SeedSigner(
        f"{STRANGER_DID}#{keys.to_multikey(STRANGER.public_key)}", STRANGER.seed
    )
    page.goto(PAGE)
    drop_file(page, "c.json", to_bytes(proof.sign(document, signer, ISSUED_AT)))
    assert headline(page) == "Genuine, if you know its issuer"
    assert verdicts(page)["issuer"] == "unknown"
    assert page.locator(".bad").count() == 0
    assert net.asked == [PAGE]


def other_issuer() -> tuple[bytes, dict[str, bytes]]:
    """A credential of another did:web issuer, and what its host serves."""
    academy = Academy(did="did:web:other.example")
    document = sample.badge()
    document["issuer"]["id"] = academy.did
    del document["credentialStatus"]
    content = to_bytes(proof.sign(document, academy.signer, ISSUED_AT))
    served = {
        f"{OTHER}/.well-known/did.json": keys.did_document(academy.did, academy.keys),
        f"{OTHER}/badge.json": content,
    }
    return content, served


def test_another_issuers_credential_is_verified_where_its_host_allows_it(
    page: Page, net: Net
) -> None:
    content, served = other_issuer()
    net.files |= served
    net.open_to_all.add("other.example")
    page.goto(PAGE)
    drop_file(page, "badge.json", content)
    assert (verdicts(page)["signature"], verdicts(page)["issuer"]) == ("valid", "unknown")
    assert f"{OTHER}/.well-known/did.json" in page.text_content("#hosts")  # type: ignore[operator]


def test_a_host_that_lets_no_other_page_read_it_is_said_and_nothing_is_made_of_it(
    page: Page, net: Net
) -> None:
    content, served = other_issuer()
    net.files |= served
    page.goto(PAGE)
    drop_file(page, "badge.json", content)
    assert headline(page) == "It cannot be told whether this is genuine"
    assert verdicts(page)["signature"] == "unknown"
    assert "CORS" in page.inner_text("#step-key")
    assert page.locator(".bad").count() == 0


def test_a_link_to_another_host_asks_it_only_when_told_to(page: Page, net: Net) -> None:
    _, served = other_issuer()
    net.files |= served
    net.open_to_all.add("other.example")
    page.goto(f"{PAGE}?url={quote(f'{OTHER}/badge.json', safe='')}")
    page.wait_for_selector("#said:has-text('other.example')")
    assert net.asked == [PAGE]
    page.click("button")
    assert verdicts(page)["signature"] == "valid"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("badge.png", png(SIGNED)),
        ("badge.svg", svg(SIGNED)),
        ("credential.jwt", token()),
    ],
)
def test_a_badge_or_a_jwt_that_is_dropped_holds(
    page: Page, net: Net, name: str, content: bytes
) -> None:
    page.goto(PAGE)
    drop_file(page, name, content)
    assert (verdicts(page)["signature"], verdicts(page)["status"]) == ("valid", "holds")


def test_a_file_can_be_chosen_and_its_text_pasted(page: Page, net: Net) -> None:
    page.goto(PAGE)
    page.set_input_files(
        "#file", {"name": "c.json", "mimeType": "application/json", "buffer": SIGNED}
    )
    assert verdicts(page)["signature"] == "valid"
    page.fill("#url", json.dumps(json.loads(SIGNED)))
    page.click("button")
    assert verdicts(page)["signature"] == "valid"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x89PNG\r\n\x1a\n", "nothing is baked into it"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "nothing is baked into it"),
        (b"<svg><script>1</script>", "cannot be read"),
        (b"\n<!DOCTYPE html><title>A badge</title>", "This is a web page, not a credential."),
    ],
)
def test_a_picture_or_a_page_without_a_credential_is_no_credential(
    page: Page, net: Net, content: bytes, words: str
) -> None:
    page.goto(PAGE)
    drop_file(page, "picture", content)
    assert headline(page) == "There is nothing to verify"
    assert words in page.inner_text("#headline")
    assert page.inner_text("#said") == "The file picture:"
    assert not page.is_visible("text=Step by step")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"Lea Example\nCurriculum vitae\n", "VC-001 not JSON"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "VC-001 not UTF-8"),
        (b"", "VC-001 not JSON"),
        (SIGNED[:-200], "VC-001 not JSON"),
        (b'{"id": 1, "id": 2}', "VC-002 the key 'id' stands twice"),
    ],
)
def test_of_a_file_that_cannot_be_read_one_sentence_says_what_to_do(
    page: Page, net: Net, content: bytes, reason: str
) -> None:
    page.goto(PAGE)
    drop_file(page, "cv.txt", content)
    assert headline(page) == "There is nothing to verify"
    said, why = page.locator("#headline p").all_inner_texts()
    assert (said, why[: len(reason)]) == (UNREAD.words, reason)
    assert page.locator("[data-verdict], .step").count() == 0
    assert not page.is_visible("text=Step by step")


def test_the_better_attempt_that_replaces_one_is_linked(page: Page, net: Net) -> None:
    better = f"{SITE}/credentials/ab/{'ab' * 16}/credential.json"
    net.files[OWN] = made(issued(put("id", OWN)))
    pointer = OWN.replace("credential.json", "superseded.json")
    net.files[pointer] = to_bytes({"superseded": OWN, "by": better})
    page.goto(f"{PAGE}?url={quote(OWN, safe='')}")
    assert headline(page) == "Genuine, and a better attempt replaces it"
    links = page.locator("#headline a, [data-verdict=status] a")
    assert [link.get_attribute("href") for link in links.all()] == [better, better]
    assert page.inner_text("#headline p").endswith(f"did better: see {better}.")


def test_an_address_where_nothing_stands_is_said(page: Page, net: Net) -> None:
    page.goto(f"{PAGE}?url={quote(OWN, safe='')}")
    assert headline(page) == "There is nothing to verify"
    assert "404" in page.inner_text("#headline")


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "file:///etc/passwd", "http://[", "two words", ""]
)
def test_an_address_that_is_none_asks_nobody(page: Page, net: Net, address: str) -> None:
    page.goto(f"{PAGE}?url={quote(address, safe='')}")
    page.wait_for_timeout(100)
    assert net.asked == [PAGE]


def test_of_two_files_dropped_at_once_only_the_second_is_shown(page: Page, net: Net) -> None:
    page.goto(PAGE)
    drop_file(page, "forged.json", made(altered(put("name", "Another name"))))
    drop_file(page, "sound.json", SIGNED)
    page.wait_for_selector("#headline.good")
    page.wait_for_timeout(300)
    assert page.locator("#headline.good").count() == 1
    assert page.locator("#steps .step").count() == 12


def test_markup_in_a_credential_stays_text(page: Page, net: Net) -> None:
    page.goto(PAGE)
    name = "<img src=x onerror=alert(1)><script>alert(1)</script>"
    drop_file(page, "c.json", made(issued(put("credentialSubject.achievement.name", name))))
    assert verdicts(page)["signature"] == "valid"
    assert name in page.inner_text(".facts")
    assert page.locator("main img").count() == 0


def test_did_json_and_jwks_json_with_different_keys_are_told(page: Page, net: Net) -> None:
    net.files[JWKS] = to_bytes({"keys": []})
    page.goto(PAGE)
    drop_file(page, "c.json", SIGNED)
    assert headline(page) == "Signed, but something in it is wrong"
    assert "VC-031" in page.inner_text("#step-jwks")


# A copy of the site.


def maker() -> bundles.Maker:
    return bundles.Maker(bytes(range(32)), bundles.mentioned(sample.badge()))


def of_maker(files: dict[str, bytes]) -> dict[str, bytes]:
    """The site with the keys of the bundle's issuer in the page."""
    made_files = {file.url: file.content for file in maker().files().values()}
    old = files[f"{PAGE}index.html"].decode()
    start = old.index('id="site">') + len('id="site">')
    settings = json.loads(old[start : old.index("</script>", start)])
    settings["keys"] = {url: made_files[url].decode() for url in (DID_JSON, JWKS)}
    page = old[:start] + json.dumps(settings) + old[old.index("</script>", start) :]
    return files | made_files | {f"{PAGE}index.html": page.encode()}


def test_a_copy_on_another_host_reads_everything_from_itself_and_says_that_it_is_one(
    page: Page,
    context: BrowserContext,
    files: dict[str, bytes],
    copy: Callable[[dict[str, bytes]], Path],
    served: Callable[[Path], str],
) -> None:
    base = served(copy(files | {OWN: made(issued(put("id", OWN)))}))
    context.unroute(EVERYWHERE)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{base}/verify/index.html?url={quote(OWN, safe='')}")
    assert (verdicts(page)["signature"], verdicts(page)["status"]) == ("valid", "holds")
    assert f"copy of {SITE}" in page.inner_text("#copy")
    assert all(url.startswith(base) for url in asked if not url.startswith("data:"))


def test_from_a_disk_with_a_bundle_nothing_is_asked_for(
    page: Page,
    net: Net,
    files: dict[str, bytes],
    copy: Callable[[dict[str, bytes]], Path],
) -> None:
    folder = copy(of_maker(files))
    page.goto((folder / "verify" / "index.html").as_uri())
    drop_file(page, "bundle.json", maker().make())
    assert verdicts(page)["signature"] == "valid"
    assert verdicts(page)["status"] == "holds"
    assert verdicts(page)["issuer"] == "known"
    assert page.locator("#steps .step.passed").count() >= 16
    assert net.asked == []


def test_from_a_disk_a_thiefs_bundle_is_forged_since_the_page_knows_the_keys(
    page: Page,
    net: Net,
    files: dict[str, bytes],
    copy: Callable[[dict[str, bytes]], Path],
) -> None:
    thief = bundles.Maker(bytes(range(1, 33)), bundles.mentioned(sample.badge()))
    folder = copy(of_maker(files))
    page.goto((folder / "verify" / "index.html").as_uri())
    drop_file(page, "bundle.json", thief.make())
    assert verdicts(page)["signature"] == "forged"
    assert net.asked == []


def test_from_a_disk_a_bundle_of_another_issuer_rests_on_itself(
    page: Page,
    net: Net,
    files: dict[str, bytes],
    copy: Callable[[dict[str, bytes]], Path],
) -> None:
    other = {url: content for url, content in files.items() if url == f"{PAGE}index.html"}
    html = other[f"{PAGE}index.html"].replace(SITE.encode(), b"https://another.example")
    net.files.clear()
    page.goto((copy({f"{PAGE}index.html": html}) / "verify" / "index.html").as_uri())
    drop_file(page, "bundle.json", maker().make())
    assert verdicts(page)["issuer"] == "claimed"
    assert headline(page) == "Signed, by whom rests on this file alone"


# Whom the reader knows.


def know(page: Page, *lines: str) -> None:
    """Name issuers and keys in the page's own field, and leave it."""
    if not page.locator("#known").is_visible():
        page.click("summary:has-text('that you know')")
    page.fill("#known", "\n".join(lines))
    page.dispatch_event("#known", "change")


@pytest.mark.parametrize("line", [ISSUER, keys.to_multikey(Academy().signer.public_key)])
def test_an_issuer_is_known_as_soon_as_somebody_names_it_or_its_key(
    page: Page, net: Net, files: dict[str, bytes], line: str
) -> None:
    of_nobody = files[PAGE].replace(f'"did": "{ISSUER}"'.encode(), b'"did": ""')
    net.files = files | {PAGE: of_nobody}
    page.goto(PAGE)
    drop_file(page, "c.json", SIGNED)
    assert headline(page) == "Genuine, if you know its issuer"
    know(page, line)
    page.wait_for_selector("#headline.good")
    assert verdicts(page)["issuer"] == "known"
    know(page, "did:web:somebody.example")
    page.wait_for_selector("#headline.caution")


def test_a_bundle_rests_on_the_root_key_that_somebody_names(page: Page, net: Net) -> None:
    files = maker().files()
    history = files[bundle.Role.HISTORY]
    signature = ssh_signature(STRANGER, history.content, ISSUER_KEYS, "sha512")
    role = bundle.Role.HISTORY_SIGNATURE
    files[role] = bundle.File(role, f"{history.url}.sig", signature)
    net.files = {PAGE: net.files[PAGE]}
    page.goto(PAGE)
    drop_file(page, "bundle.json", bundle.make(files.values()))
    assert verdicts(page)["issuer"] == "claimed"
    know(page, public_line(STRANGER))
    page.wait_for_selector("#headline.good")
    assert verdicts(page)["issuer"] == "known"


def test_what_names_nobody_is_said_and_nothing_is_judged_by_it(page: Page, net: Net) -> None:
    page.goto(PAGE)
    know(page, ISSUER, "z6Mk", "ssh-rsa AAAA")
    told = page.inner_text("#not-known")
    assert "“z6Mk”" in told
    assert "“ssh-rsa AAAA”" in told
    drop_file(page, "c.json", SIGNED)
    assert "Mend what you named" in page.inner_text("#headline")


def test_no_link_names_whom_the_reader_knows(page: Page, net: Net) -> None:
    page.goto(f"{PAGE}?known={STRANGER_DID}&trust={STRANGER_DID}#known={STRANGER_DID}")
    assert page.input_value("#known") == ""


# For everybody.


def test_everything_can_be_reached_by_keyboard_in_the_order_of_reading(
    page: Page, net: Net
) -> None:
    page.goto(PAGE)
    order = []
    for _ in range(9):
        page.keyboard.press("Tab")
        order.append(page.evaluate("document.activeElement.id || document.activeElement.innerText"))
    assert order[0] == "Skip to the content"
    assert order[1] == "Academy of Twins"
    assert order[5:] == ["url", "Verify", "file", "Issuers and keys that you know"]
    drop_file(page, "c.json", SIGNED)
    assert headline(page)
    assert page.evaluate("document.activeElement.id") == "headline-title"


@pytest.mark.parametrize(
    ("state", "scheme"),
    [
        ("empty", "dark"),
        ("good", "light"),
        ("forged", "light"),
        ("forged", "dark"),
        ("revoked", "light"),
        ("revoked", "dark"),
    ],
)
def test_axe_finds_nothing_serious(page: Page, net: Net, scheme: Any, state: str) -> None:
    axe = WEB / "node_modules" / "axe-core" / "axe.min.js"
    if not axe.is_file():
        pytest.skip("axe-core is not installed: scripts/web")
    page.emulate_media(color_scheme=scheme)
    page.goto(PAGE)
    if state == "revoked":
        net.files[LIST_URL] = Academy().publish(revoked=(INDEX,)).resources[LIST_URL]
    if state != "empty":
        change = altered(drop("name")) if state == "forged" else altered()
        drop_file(page, "c.json", made(change))
        assert headline(page)
    page.evaluate(axe.read_text("utf-8"))
    found = page.evaluate("axe.run().then((found) => found.violations)")
    assert [(one["id"], [n["html"] for n in one["nodes"]][:3]) for one in found] == []

// The /verify page: takes an address or a file, shows each step as it is taken, then the verdicts.
import { CREDENTIAL_CONTEXTS } from "./canonical.ts";
import { examine, type Examined } from "./examine.ts";
import { Fetcher, MAX_FETCHED, type Site } from "./fetching.ts";
import { explain, Refused, type Finding } from "./findings.ts";
import { NOBODY, type Shown } from "./holder.ts";
import { readKnown, withIssuer, type Known } from "./known.ts";
import { warmUp } from "./rdf.ts";
import { headline, make, stepEntry, summary } from "./render.ts";
import { Unavailable } from "./resolve.ts";
import { isWebPage, readDeepLink, readPasted, type Asked } from "./source.ts";
import { isRead } from "./verdicts.ts";
import { NOTHING } from "./words.ts";

const PAGE = new URL(window.location.href);
const SITE: Site = JSON.parse(element("site").textContent!);

const form = element<HTMLFormElement>("ask");
const field = element<HTMLInputElement>("url");
const chooser = element<HTMLInputElement>("file");
const knows = element<HTMLTextAreaElement>("known");
const notKnown = element("not-known");
const result = element("result");
const said = element("said");
const verdicts = element("verdicts");
const steps = element("steps");
const hosts = element("hosts");

/** Of the newest examination: what an older one still finds is not shown. */
let current: Fetcher | null = null;
/** Examines again what was examined last. */
let again: (() => Promise<void>) | null = null;

function element<T extends HTMLElement = HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}

/** Fetch what an address names, and examine it. */
async function examineAddress({ url, shown }: Asked): Promise<void> {
  await guarded(async (fetcher) => {
    tell(`Fetching ${url} …`);
    const content = await fetcher.get(url);
    if (content instanceof Unavailable) {
      const otherwise = fetcher.isHere(url) ? "" : " You can download the file and drop it here.";
      throw new Error(`${url} cannot be had: ${content.reason}.${otherwise}`);
    }
    await examineContent(content, shown, fetcher);
  });
}

/** Examine a file that somebody dropped or chose. */
async function examineFile(file: File): Promise<void> {
  field.value = "";
  await guarded(async (fetcher) => {
    if (file.size > MAX_FETCHED) throw new Error(`${file.name} is too large to be a credential.`);
    await examineContent(new Uint8Array(await file.arrayBuffer()), NOBODY, fetcher);
  }, `The file ${file.name}:`);
}

async function examineContent(content: Uint8Array, shown: Shown, fetcher: Fetcher): Promise<void> {
  if (isWebPage(content)) {
    throw new Error(
      "This is a web page, not a credential. Look on it for the credential itself: a JSON or JWT " +
        "file, or a badge as PNG or SVG.",
    );
  }
  tell("Asking the issuer's site for its keys and the status …");
  const examined = await examine(content, {
    get: fetcher.get,
    now: Date.now(),
    known: known(),
    online: true,
    shown,
    onStep: (step) => {
      if (fetcher === current) steps.append(stepEntry(step));
    },
  });
  if (fetcher === current) show(examined);
}

/** Return the site's issuer, and who else is named on the page. */
function known(): Known {
  try {
    return { ...withIssuer(readKnown(knows.value), SITE.did), home: SITE.did };
  } catch (error) {
    if (error instanceof Refused) throw new Error("Mend what you named as known, or remove it.");
    throw error;
  }
}

/** Run one examination on a clean page; whatever stops it is said, below what it was of. */
async function guarded(work: (fetcher: Fetcher) => Promise<void>, of = ""): Promise<void> {
  again = () => guarded(work, of);
  const fetcher = new Fetcher(SITE, PAGE);
  current = fetcher;
  for (const part of [verdicts, steps, hosts]) part.replaceChildren();
  result.hidden = false;
  result.setAttribute("aria-busy", "true");
  try {
    await work(fetcher);
  } catch (error) {
    if (fetcher === current) stop(error);
  }
  if (fetcher !== current) return;
  tell(of);
  account(fetcher);
  result.removeAttribute("aria-busy");
}

function show(examined: Examined): void {
  if (!isRead(examined.found)) steps.replaceChildren();
  verdicts.replaceChildren(...summary(examined));
  performance.mark("verified"); // bench/verify_page.py reads it
  element("headline-title").focus();
}

/** Say why there is nothing to verify. */
function stop(error: unknown): void {
  tell("");
  const words = toldOf(error);
  verdicts.replaceChildren(headline({ tone: "caution", title: NOTHING, words }));
  element("headline-title").focus();
}

function toldOf(error: unknown): string {
  if (!(error instanceof Refused)) return error instanceof Error ? error.message : String(error);
  const [{ code, message }] = error.findings as [Finding];
  return `No credential can be read in it: ${message} (${code}). ${explain(code)?.fix ?? ""}`;
}

/** List every address that was asked. */
function account(fetcher: Fetcher): void {
  const asked = fetcher.asked.map((url) => make("li", {}, make("bdi", {}, url)));
  const none = make("li", {}, "None: everything was in the file and in this page.");
  hosts.replaceChildren(...(asked.length ? asked : [none]));
}

function tell(words: string): void {
  said.textContent = words;
}

function onSubmit(event: Event): void {
  event.preventDefault();
  void guardedPaste(field.value);
}

async function guardedPaste(text: string): Promise<void> {
  let pasted: Asked | Uint8Array;
  try {
    pasted = readPasted(text, PAGE);
  } catch (error) {
    result.hidden = false;
    stop(error);
    return;
  }
  if (pasted instanceof Uint8Array) {
    const content = pasted;
    await guarded((fetcher) => examineContent(content, NOBODY, fetcher));
  } else {
    await examineAddress(pasted);
  }
}

/** Say what of the typed names nobody; what was examined already is judged anew. */
function onKnown(): void {
  notKnown.textContent = "";
  try {
    readKnown(knows.value);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    notKnown.textContent = error.findings.map((finding) => finding.message).join("; ");
  }
  knows.setAttribute("aria-invalid", String(notKnown.textContent !== ""));
  if (!notKnown.textContent) void again?.();
}

function onDrop(event: DragEvent): void {
  event.preventDefault();
  document.body.classList.remove("dragging");
  const [file] = event.dataTransfer?.files ?? [];
  const text = event.dataTransfer?.getData("text/plain") ?? "";
  if (file) void examineFile(file);
  else if (text) void guardedPaste(text);
}

function onDrag(event: DragEvent): void {
  event.preventDefault();
  document.body.classList.toggle("dragging", event.type === "dragover");
}

/** Say that this is a copy of a site, and on whose word its keys rest then. */
function tellCopy(): void {
  if (!SITE.url || !new Fetcher(SITE, PAGE).isCopy) return;
  const copy = element("copy");
  copy.textContent =
    `This page is part of a copy of ${SITE.url}. Keys and status are what the copy holds: ` +
    "they are as good as whoever gave it to you.";
  copy.hidden = false;
}

/** Verify what the page's own address names; another host is asked only when somebody says so. */
function followDeepLink(): void {
  let asked: Asked | null;
  try {
    asked = readDeepLink(PAGE);
  } catch (error) {
    result.hidden = false;
    stop(error);
    return;
  }
  if (!asked) return;
  const { name, salt } = asked.shown;
  const fragment = name ? `#name=${encodeURIComponent(name)}&salt=${encodeURIComponent(salt)}` : "";
  field.value = asked.url + fragment;
  if (new Fetcher(SITE, PAGE).isHere(asked.url)) {
    void examineAddress(asked);
  } else {
    result.hidden = false;
    tell(`This link asks for a file at ${new URL(asked.url).host}. Press “Verify” to fetch it.`);
  }
}

form.addEventListener("submit", onSubmit);
knows.addEventListener("change", onKnown);
chooser.addEventListener("change", () => {
  const [file] = chooser.files ?? [];
  if (file) void examineFile(file);
  chooser.value = "";
});
document.addEventListener("dragover", onDrag);
document.addEventListener("dragleave", onDrag);
document.addEventListener("drop", onDrop);
tellCopy();
followDeepLink();
void warmUp(CREDENTIAL_CONTEXTS);

// What stands on the page, made of texts alone: nothing of a credential is ever read as HTML.
import type { Examined } from "./examine.ts";
import { explain, say, type Finding } from "./findings.ts";
import { isObject, type Json, type JsonObject } from "./jsonbytes.ts";
import { issuerId } from "./shape.ts";
import { isRead, type Outcome, type Step, type Verification } from "./verdicts.ts";
import { headlineOf, labelOf, titleOf, toneOf, type Headline } from "./words.ts";

const MARKS: Readonly<Record<Outcome, readonly [string, string]>> = {
  passed: ["✓", "passed"],
  failed: ["✗", "failed"],
  not_checked: ["–", "not checked"],
};
const MAX_FINDINGS = 5;
const VERDICTS = ["signature", "status", "issuer", "freshness", "holder"] as const;
const QUESTIONS: Readonly<Record<(typeof VERDICTS)[number], string>> = {
  signature: "Is it genuine?",
  status: "Does it still hold?",
  issuer: "Who says so?",
  freshness: "How old is the answer?",
  holder: "Whose is it?",
};

/** Make an element with texts and other elements in it. */
export function make(
  name: string,
  attributes: Readonly<Record<string, string>>,
  ...children: readonly (Node | string)[]
): HTMLElement {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** Return one step as an entry of the list. */
export function stepEntry(step: Step): HTMLElement {
  const [mark, words] = MARKS[step.outcome];
  const told = step.findings.length
    ? step.findings.slice(0, MAX_FINDINGS).map(findingEntry)
    : [make("p", { class: "detail" }, step.detail)];
  return make(
    "li",
    { class: `step ${step.outcome}`, id: `step-${step.id}` },
    make("span", { class: "mark", "aria-hidden": "true" }, mark),
    make("div", {}, make("p", { class: "title" }, titleOf(step.id)), ...told),
    make("span", { class: "outcome" }, words),
  );
}

function findingEntry(finding: Finding): HTMLElement {
  const code = explain(finding.code);
  const told = code ? `${code.why} ${code.fix}` : "";
  return make(
    "div",
    { class: "finding" },
    make("p", { class: "detail" }, say(finding)),
    make("p", { class: "why" }, told),
  );
}

/** Return what stands above everything else that was found out. */
export function headline(
  { tone, title, words, link }: Headline,
  ...more: readonly HTMLElement[]
): HTMLElement {
  return make(
    "div",
    { class: `headline ${tone}`, id: "headline" },
    make("h2", { id: "headline-title", tabindex: "-1" }, title),
    make("p", {}, ...linked(words, link)),
    ...more,
  );
}

/** Return words with the address in them as a link; only an address by https becomes one. */
function linked(words: string, link = ""): (Node | string)[] {
  if (!link.startsWith("https://")) return [words];
  const [before = "", after = ""] = words.split(link);
  return [before, make("a", { href: link }, link), after];
}

/** Return the headline, what the credential says of itself, and the verdicts. */
export function summary({ document: credential, found, isBundled }: Examined): HTMLElement[] {
  if (!isRead(found)) return [headline(headlineOf(found), ...reasons(found))];
  return [
    headline(headlineOf(found)),
    ...facts(credential, found, isBundled),
    make("dl", { class: "verdicts" }, ...VERDICTS.flatMap((name) => card(name, found))),
  ];
}

/** Return what hindered the reading. */
function reasons({ steps }: Verification): HTMLElement[] {
  const findings = steps.flatMap((step) => step.findings).slice(0, MAX_FINDINGS);
  return findings.map((finding) => make("p", { class: "detail" }, say(finding)));
}

function card(name: (typeof VERDICTS)[number], found: Verification): HTMLElement[] {
  const verdict = found[name];
  if (!verdict) return [];
  const tone = toneOf(verdict, found);
  return [
    make(
      "div",
      { class: `card ${tone}`, "data-verdict": name, "data-value": verdict.value },
      make("dt", {}, QUESTIONS[name]),
      make(
        "dd",
        {},
        make("p", { class: "value" }, `${name}: `, make("strong", {}, labelOf(verdict))),
        make("p", {}, ...linked(verdict.words, verdict.link)),
      ),
    ),
  ];
}

/** Return what the credential says of itself, which is a claim while it is not genuine; if anything. */
function facts(credential: JsonObject, found: Verification, isBundled: boolean): HTMLElement[] {
  const subject = credential["credentialSubject"];
  const achievement = isObject(subject) ? subject["achievement"] : null;
  const issuer = credential["issuer"];
  const named = isObject(achievement) ? textOf(achievement["name"]) : "";
  const rows = [
    ["What", named || textOf(credential["name"])],
    [
      "Issued by",
      [isObject(issuer) ? textOf(issuer["name"]) : "", issuerId(credential) ?? ""]
        .filter(Boolean)
        .join(", "),
    ],
    ["Awarded", textOf(credential["awardedDate"]).slice(0, 10)],
    ["Address", textOf(credential["id"])],
    ["Came in", isBundled ? "a bundle with everything that its verification needs" : ""],
  ].filter((row): row is [string, string] => !!row[1]);
  if (!rows.length) return [];
  const isGenuine = found.signature.value === "valid";
  const heading = isGenuine ? "What it says" : "What it claims: nothing of this is proven";
  return [
    make(
      "section",
      { class: "facts", "aria-labelledby": "facts-title" },
      make("h3", { id: "facts-title" }, heading),
      make("dl", {}, ...rows.flatMap(([name, value]) => row(name, value))),
      ...(isGenuine ? pageOf(textOf(credential["id"])) : []),
    ),
  ];
}

function row(name: string, value: string): HTMLElement[] {
  return [make("dt", {}, name), make("dd", {}, make("bdi", {}, value.slice(0, 400)))];
}

/** Return the way to a credential's page, with its grades and reasons; only where this site has it. */
function pageOf(id: string): HTMLElement[] {
  const site = new URL("..", window.location.href).href;
  const file = "/credential.json";
  if (!id.startsWith(`${site}credentials/`) || !id.endsWith(file)) return [];
  const href = id.slice(0, 1 - file.length);
  return [
    make("p", {}, make("a", { href }, "Its page: what was built, how it was graded, its history")),
  ];
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

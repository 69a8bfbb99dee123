// What is wrong, as values; the titles and remedies of the codes come from the Python package.
import { codes } from "../build/pinned.json";

/** One thing that is wrong, and where. */
export interface Finding {
  readonly code: string;
  readonly message: string;
  readonly path: string;
}

/** What the Python package says of a kind of finding. */
export interface Code {
  readonly title: string;
  readonly why: string;
  readonly fix: string;
}

const CODES: Readonly<Record<string, Code>> = codes;

/** Return a finding of a kind. */
export function at(code: string, message: string, path = ""): Finding {
  return { code, message, path };
}

/** Return why a kind of finding matters and what to do about it. */
export function explain(code: string): Code | undefined {
  return CODES[code];
}

/** Write a finding in one line. */
export function say(finding: Finding): string {
  return `${finding.path ? `${finding.path}: ` : ""}${finding.code} ${finding.message}`;
}

/** What was given is not what it should be; carries every finding. */
export class Refused extends Error {
  constructor(readonly findings: readonly Finding[]) {
    super(findings.map(say).join("; "));
  }
}

/** A step could not be taken; the message says why. */
export class NotChecked extends Error {}

const MAX_FINDINGS = 100;

/** Throw `Refused` if there is any finding; of thousands, the first hundred are enough. */
export function refuse(findings: Iterable<Finding>): void {
  const found: Finding[] = [];
  for (const finding of findings) {
    found.push(finding);
    if (found.length === MAX_FINDINGS) break;
  }
  if (found.length) throw new Refused(found);
}

/** Return a text as it is, and any other JSON as its text: objects of ours have no `toString`. */
export function asText(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

/** Return a value as Python shows it in a message. */
export function shown(value: unknown, most = 100): string {
  return value === undefined || value === null ? "'None'" : `'${asText(value).slice(0, most)}'`;
}

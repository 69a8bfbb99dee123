// What a verification comes to: steps, and four verdicts that are kept apart.
//
// Only a wrong signature is forgery; an unknown issuer or an old list is a caution.
import { day } from "./did.ts";
import type { Finding } from "./findings.ts";
import type { Known } from "./known.ts";

export type Outcome = "passed" | "failed" | "not_checked";

/** One step of the verification, told in plain words. */
export interface Step {
  readonly number: number;
  readonly id: string;
  readonly outcome: Outcome;
  readonly detail: string;
  readonly findings: readonly Finding[];
}

/** One answer: a word for programs, a sentence for people. */
export interface Verdict {
  readonly value: string;
  readonly words: string;
  /** An address among the words, of more to look at. */
  readonly link?: string;
}

/** Everything that was found out about a credential. */
export interface Verification {
  readonly steps: readonly Step[];
  readonly signature: Verdict;
  readonly status: Verdict;
  readonly issuer: Verdict;
  readonly freshness: Verdict;
  readonly holder?: Verdict;
}

/** On what the answer to "whose key is it" rests: the issuer's site, or the file that was shown. */
export type Source = "site" | "bundle";

/** On the signature of what has no form in which a credential comes. */
const UNREAD: Verdict = {
  value: "unreadable",
  words:
    "Nothing here can be read as a credential: take the credential's own file (JSON, JWT, PNG, " +
    "SVG or bundle), unchanged, or its address.",
};

const CAUTIONS = new Set(["freshness", "superseded"]);
const DAY = 86_400_000;

/** Say whether the signature holds and no step failed; cautions do not count. */
export function isOk(found: Verification): boolean {
  const failed = found.steps.some((step) => step.outcome === "failed" && !CAUTIONS.has(step.id));
  return found.signature.value === "valid" && !failed && found.holder?.value !== "mismatch";
}

/** Say whether there was anything for the steps to look at. */
export function isRead(found: Verification): boolean {
  return found.signature !== UNREAD;
}

/** Return whether it is genuine; `readable` says whether a signature could be checked at all. */
export function signatureVerdict(
  steps: readonly Step[],
  readable: boolean,
  source: Source,
): Verdict {
  const signature = stepOf(steps, "signature");
  const key = stepOf(steps, "key");
  if (signature.outcome === "passed") {
    const whose =
      source === "bundle" ? "the key that the bundle gives for the issuer" : "the issuer's key";
    return verdict("valid", `Signed by ${whose}, and not altered since.`);
  }
  if (signature.outcome === "failed") {
    return verdict("forged", "The signature does not fit: altered, or signed by another.");
  }
  if (key.findings.some((finding) => finding.code === "VC-033")) {
    return verdict("forged", "Signed with a key that the issuer does not, or no longer, name.");
  }
  if (stepOf(steps, "parse").outcome === "failed") return UNREAD;
  if (!readable) {
    return verdict("unreadable", "There is nothing here that a signature could be checked on.");
  }
  return verdict("unknown", `The issuer's key could not be had: ${key.detail}.`);
}

const STATUS_WORDS = [
  ["VC-062", "revoked", "The issuer has withdrawn it."],
  ["VC-063", "suspended", "The issuer has set it aside for the time being."],
  ["VC-061", "expired", "Its time is over."],
  ["VC-060", "not_yet_valid", "It is dated into the future."],
] as const;

/** Return whether it still holds; `codes` are those of every finding. */
export function statusVerdict(steps: readonly Step[], codes: ReadonlySet<string>): Verdict {
  for (const [code, value, words] of STATUS_WORDS)
    if (codes.has(code)) return verdict(value, words);
  const step = stepOf(steps, "status");
  if (step.outcome === "passed") return verdict("holds", `It holds: ${step.detail}.`);
  return verdict("unknown", `Whether it still holds cannot be told: ${step.detail}.`);
}

/** Return who says so, and on whose word that rests; `isKnownKey` says that the key is known. */
export function issuerVerdict(
  issuer: string,
  known: Known,
  source: Source,
  isKnownKey: boolean,
): Verdict {
  if (isKnownKey) return verdict("known", `Signed with a key that you know, as ${issuer}.`);
  if (source === "bundle") {
    const told = `That ${issuer} has this key rests on the bundle alone`;
    return verdict(
      "claimed",
      `${told}: whoever made the file may have put keys of their own in it. ` +
        "Name a key or a root key that you know, and it rests on that.",
    );
  }
  if (known.issuers.has(issuer)) {
    const who = issuer === known.home ? "the issuer of this site" : "an issuer that you know";
    return verdict("known", `${issuer} is ${who}.`);
  }
  const told = `${issuer} is neither the issuer of this site nor one that you named`;
  return verdict("unknown", `${told}; whether you know and trust it, you decide.`);
}

/** Return how old the answer is; `signedAt` is when the status list was signed, if it was. */
export function freshnessVerdict(
  steps: readonly Step[],
  signedAt: number | null,
  codes: ReadonlySet<string>,
  now: number,
): Verdict {
  if (signedAt === null) {
    const { detail } = stepOf(steps, "freshness");
    return verdict("unknown", `${detail.slice(0, 1).toUpperCase()}${detail.slice(1)}.`);
  }
  const days = Math.floor((now - signedAt) / DAY);
  const ago = days === 0 ? "today" : `${counted(days, "day")} ago`;
  const told = `The status list was signed on ${day(signedAt)}, ${ago}`;
  const value = codes.has("VC-065") ? "stale" : "fresh";
  return verdict(value, `${told}: what was withdrawn since is not in it.`);
}

/** Return how many there are of something: 1 key, 2 keys. */
export function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** Return the verdict on what a credential that is not genuine says. */
export function untold(what: string): Verdict {
  return verdict("unknown", `The ${what} means nothing while the signature does not hold.`);
}

/** Return the verdict on the issuer of a credential that is not genuine. */
export function unproven(): Verdict {
  return verdict("unproven", "Who issued it is a claim, while the signature does not hold.");
}

function stepOf(steps: readonly Step[], id: string): Step {
  return steps.find((step) => step.id === id)!;
}

function verdict(value: string, words: string): Verdict {
  return { value, words };
}

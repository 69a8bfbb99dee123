// How the page says what was found: a title for each step, and one sentence above all verdicts.
import type { Verdict, Verification } from "./verdicts.ts";
import { isOk, isRead } from "./verdicts.ts";

/** How a verdict is marked, never by colour alone. Only a forgery is `bad`. */
export type Tone = "good" | "plain" | "caution" | "stop" | "bad";

/** What stands above the verdicts. */
export interface Headline {
  readonly tone: Tone;
  readonly title: string;
  readonly words: string;
  /** An address among the words, of more to look at. */
  readonly link?: string | undefined;
}

/** The title where there was no credential at all. */
export const NOTHING = "There is nothing to verify";

const TITLES: Readonly<Record<string, string>> = {
  parse: "The file can be read, in one way only",
  contexts: "It uses the public vocabularies and no others",
  shape: "Nothing is missing that Open Badges 3.0 asks for",
  text: "No hidden characters",
  terms: "Everything in it is covered by the signature",
  proof: "It carries a proof",
  key: "The issuer names the key that signed",
  jwks: "Both of the issuer's key files hold the same keys",
  signature: "The signature fits",
  dates: "It is in its time",
  status: "It was not withdrawn",
  freshness: "The answer is recent",
  bundle: "Every file of the bundle is whole",
  key_history: "The issuer's keys follow from their history",
  jwt: "The credential's other form says the same",
  endorsements: "What mentors said is signed by them",
  outcomes: "What an employer said is signed by them",
  superseded: "No better attempt replaces it",
  endorsed: "What it endorses still stands",
};

const TONES: Readonly<Record<string, Tone>> = {
  valid: "good",
  forged: "bad",
  holds: "good",
  revoked: "stop",
  suspended: "stop",
  expired: "stop",
  not_yet_valid: "stop",
  known: "good",
  fresh: "good",
  shown: "good",
  public: "good",
  mismatch: "stop",
  not_shown: "plain",
  not_named: "plain",
};

const LABELS: Readonly<Record<string, string>> = {
  not_yet_valid: "not valid yet",
  not_shown: "not shown",
  not_named: "not named",
};

/** Return a step's title. */
export function titleOf(step: string): string {
  return TITLES[step] ?? step;
}

/** Return how a verdict is marked; what is not certain is a caution, unless nothing counts anyway. */
export function toneOf(verdict: Verdict, { signature }: Verification): Tone {
  const isCounted = signature.value === "valid" || verdict === signature;
  return isCounted ? (TONES[verdict.value] ?? "caution") : "plain";
}

/** Return a verdict's word as people write it. */
export function labelOf(verdict: Verdict): string {
  return LABELS[verdict.value] ?? verdict.value;
}

const WITHDRAWN: Readonly<Record<string, string>> = {
  revoked: "Genuine, but withdrawn: do not rely on it",
  suspended: "Genuine, but set aside for now",
  expired: "Genuine, but its time is over",
  not_yet_valid: "Genuine, but dated into the future",
};

/** Return the one sentence that sums it up. */
export function headlineOf(found: Verification): Headline {
  const { signature, status, issuer, holder } = found;
  if (signature.value === "forged") {
    return headline("bad", "Forged: do not rely on it", signature.words);
  }
  if (!isRead(found)) return headline("caution", NOTHING, signature.words);
  if (signature.value !== "valid") {
    const isUnknown = signature.value === "unknown";
    const told = isUnknown
      ? "It cannot be told whether this is genuine"
      : "This cannot be verified";
    return headline("caution", told, signature.words);
  }
  const withdrawn = WITHDRAWN[status.value];
  if (withdrawn) return headline("stop", withdrawn, status.words);
  if (holder?.value === "mismatch") {
    return headline("stop", "Genuine, but issued to somebody else", holder.words);
  }
  if (!isOk(found)) return headline("stop", "Signed, but something in it is wrong", failed(found));
  const whose = holder?.value === "shown" ? `${holder.words} ` : "";
  return cautions(found) ?? headline("good", "Genuine, and it holds", whose + issuer.words);
}

function cautions({ status, issuer, freshness }: Verification): Headline | null {
  if (status.value === "superseded") {
    const told = headline("caution", "Genuine, and a better attempt replaces it", status.words);
    return { ...told, link: status.link };
  }
  if (status.value !== "holds") {
    return headline("caution", "Genuine; whether it still holds cannot be told", status.words);
  }
  if (issuer.value === "unknown") {
    return headline("caution", "Genuine, if you know its issuer", issuer.words);
  }
  if (issuer.value === "claimed") {
    return headline("caution", "Signed, by whom rests on this file alone", issuer.words);
  }
  if (freshness.value === "stale") {
    return headline("caution", "Genuine; the answer is old", freshness.words);
  }
  return null;
}

function failed(found: Verification): string {
  const titles = found.steps.filter((step) => step.outcome === "failed").map((s) => titleOf(s.id));
  return `What did not pass: ${titles.join("; ")}.`;
}

function headline(tone: Tone, title: string, words: string): Headline {
  return { tone, title, words };
}

// Which characters a text may have that is signed, as in `credential/text.py`: what everybody sees,
// spelled in one way. The categories are those of the browser's Unicode.
import { codePoint, show, walk } from "./canonical.ts";
import { at, type Finding } from "./findings.ts";
import type { Json } from "./jsonbytes.ts";

const INVISIBLE =
  /[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8\u{e0000}-\u{e0fff}]/u;
const KINDS: readonly (readonly [RegExp, string])[] = [
  [INVISIBLE, "an invisible or direction-changing character"],
  [/\p{Cc}/u, "a control character"],
  [/\p{Cf}/u, "an invisible or direction-changing character"],
  [/\p{Cs}/u, "half of a surrogate pair"],
  [/\p{Co}/u, "of private use: it has no meaning of its own"],
  [/\p{Cn}/u, "not assigned to any character"],
  [/\p{Zl}/u, "a line separator that not every reader knows"],
  [/\p{Zp}/u, "a paragraph separator that not every reader knows"],
];

/** Say what is wrong with the first character that must not be signed, null where all may be. */
export function unsignable(text: string): string | null {
  for (const [place, character] of [...text].entries()) {
    if (character === "\n" || character === "\t") continue;
    const kind = KINDS.find(([pattern]) => pattern.test(character))?.[1];
    if (kind) return `character ${place + 1} is ${codePoint(character)}, ${kind}`;
  }
  if (text.normalize("NFC") === text) return null;
  return "it is not in Unicode's composed form (NFC), as keyboards write it";
}

/** Yield every text and key of a JSON document that must not be signed, with its place. */
export function* checkSignable(document: Json): Generator<Finding> {
  for (const [path, value] of walk(document)) {
    for (const text of [value, path.at(-1)]) {
      const found = typeof text === "string" ? unsignable(text) : null;
      if (found) yield at("VC-017", found, show(path));
    }
  }
}

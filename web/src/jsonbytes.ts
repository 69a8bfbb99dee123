// Hostile bytes → JSON with one meaning. `JSON.parse` takes doubled keys, halves of surrogate pairs
// and numbers that it cannot hold; here each of these is a finding, as in `credential/jsonbytes.py`.
import { at, Refused } from "./findings.ts";

export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [name: string]: Json;
}

export const MAX_BYTES = 1024 * 1024;
const MAX_DEPTH = 64;
const MAX_INTEGER_LENGTH = 17;

/** Say whether a value is a JSON object. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Return the JSON object that the bytes stand for, or throw `Refused`. */
export function parseObject(content: Uint8Array, maxBytes = MAX_BYTES): JsonObject {
  if (content.length > maxBytes) {
    throw refused("VC-005", `${content.length} bytes, where at most ${maxBytes} are read`);
  }
  const depth = depthOf(content);
  if (depth > MAX_DEPTH) throw refused("VC-004", `nested ${depth} levels deep`);
  const value = new Reader(decode(content)).whole();
  if (!isObject(value)) throw refused("VC-001", "a JSON object is expected here, in braces");
  return value;
}

/** Return text in UTF-8, or throw `Refused`. */
export function decode(content: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    throw refused("VC-001", "not UTF-8");
  }
}

/** Return the bytes that are published: UTF-8, indent 2, keys as built, a final newline. */
export function toBytes(value: Json): Uint8Array {
  return encode(`${JSON.stringify(value, null, 2)}\n`);
}

/** Return text as UTF-8. */
export function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Return the RFC 8785 form of a value. */
export function jcs(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(jcs).join(",")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.keys(value).sort();
  return `{${members.map((name) => `${JSON.stringify(name)}:${jcs(value[name]!)}`).join(",")}}`;
}

function refused(code: string, message: string): Refused {
  return new Refused([at(code, message)]);
}

/** Return the deepest nesting, brackets in strings left out, without recursion. */
function depthOf(content: Uint8Array): number {
  let deepest = 0;
  let depth = 0;
  let quoted = false;
  for (let place = 0; place < content.length; place++) {
    const byte = content[place];
    if (quoted) {
      if (byte === 0x5c) place++;
      else if (byte === 0x22) quoted = false;
    } else if (byte === 0x22) quoted = true;
    else if (byte === 0x7b || byte === 0x5b) deepest = Math.max(deepest, ++depth);
    else if (byte === 0x7d || byte === 0x5d) depth--;
  }
  return deepest;
}

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
// Plain characters, then escapes each followed by plain characters: read once, never tried again.
const STRING = /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*"/y;
const WORD = /true|false|null|-?Infinity|NaN/y;
const VALUES: Readonly<Record<string, Json>> = { true: true, false: false, null: null };

/** Reads one JSON text; its depth is known to be small. */
class Reader {
  private place = 0;

  constructor(private readonly text: string) {}

  whole(): Json {
    const value = this.value();
    if (this.place < this.text.length) throw this.broken("extra data after the document");
    if (!this.text.isWellFormed() || this.hasHalf) {
      throw refused("VC-006", "a text holds half of a surrogate pair");
    }
    return value;
  }

  private hasHalf = false;

  private value(): Json {
    this.take(SPACE);
    const first = this.text[this.place];
    let value: Json;
    if (first === "{") value = this.object();
    else if (first === "[") value = this.list();
    else if (first === '"') value = this.string();
    else value = /[tfnIN]/.test(first ?? "") || this.isInfinite() ? this.word() : this.number();
    this.take(SPACE);
    return value;
  }

  private object(): JsonObject {
    // Without a prototype, so that no member is there that was not written.
    const made: JsonObject = Object.create(null);
    const twice = new Set<string>();
    for (let more = this.opens("}"); more; more = this.goesOn("}")) {
      this.take(SPACE);
      if (this.text[this.place] !== '"') throw this.broken("a key in quotes is expected");
      const name = this.string();
      this.take(SPACE);
      if (this.text[this.place++] !== ":") throw this.broken("a colon is expected");
      if (name in made) twice.add(name);
      made[name] = this.value();
    }
    if (twice.size) {
      const named = [...twice].sort().slice(0, 20);
      throw new Refused(
        named.map((n) => at("VC-002", `the key '${n}' stands twice in one object`)),
      );
    }
    return made;
  }

  private list(): Json[] {
    const made: Json[] = [];
    for (let more = this.opens("]"); more; more = this.goesOn("]")) made.push(this.value());
    return made;
  }

  /** Step over the opening bracket; say whether anything stands before the closing one. */
  private opens(end: string): boolean {
    this.place++;
    this.take(SPACE);
    if (this.text[this.place] !== end) return true;
    this.place++;
    return false;
  }

  /** Step over a comma or the closing bracket; say whether it was a comma. */
  private goesOn(end: string): boolean {
    const found = this.text[this.place++];
    if (found !== "," && found !== end) throw this.broken("a comma or the end is expected");
    return found === ",";
  }

  private string(): string {
    const written = this.take(STRING);
    if (!written) throw this.broken("a string with an invalid control character, escape or end");
    const value: string = JSON.parse(written);
    this.hasHalf ||= !value.isWellFormed();
    return value;
  }

  private isInfinite(): boolean {
    return this.text.startsWith("-I", this.place);
  }

  private word(): Json {
    const written = this.take(WORD);
    if (!written) throw this.broken("a value is expected");
    if (!(written in VALUES)) throw refused("VC-003", `${written} is not a JSON number`);
    return VALUES[written]!;
  }

  private number(): number {
    const written = this.take(NUMBER);
    if (!written) throw this.broken("a value is expected");
    const value = Number(written);
    const isInteger = /^-?[0-9]+$/.test(written);
    if (isInteger && (written.length > MAX_INTEGER_LENGTH || !Number.isSafeInteger(value))) {
      throw refused("VC-003", `${written.slice(0, 20)} is beyond ±(2^53 - 1)`);
    }
    if (!Number.isFinite(value)) {
      throw refused("VC-003", `${written.slice(0, 20)} is beyond double precision`);
    }
    return value;
  }

  private take(pattern: RegExp): string {
    pattern.lastIndex = this.place;
    const found = pattern.exec(this.text)?.[0] ?? "";
    this.place += found.length;
    return found;
  }

  private broken(message: string): Refused {
    const line = this.text.slice(0, this.place).split("\n").length;
    return refused("VC-001", `not JSON: ${message} (line ${line})`);
  }
}

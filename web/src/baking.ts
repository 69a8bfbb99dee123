// A signed credential out of a picture (Open Badges 3.0 §5.3): a PNG's iTXt chunk, an SVG's element.
import { at, Refused } from "./findings.ts";
import { decode, encode } from "./jsonbytes.ts";

const MAX_PICTURE_BYTES = 4 * 1024 * 1024;
const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const KEYWORD = "openbadgecredential";
const NAMESPACE = "https://purl.imsglobal.org/ob/v3p0";

/** Say whether a file looks like PNG or SVG rather than JSON. */
export function isPicture(content: Uint8Array): boolean {
  const first = content.find((byte) => ![0x20, 0x09, 0x0a, 0x0b, 0x0c, 0x0d].includes(byte));
  return isPng(content) || first === 0x3c;
}

/** Return the credential that a picture carries; throws `Refused` where it has none. */
export function unbake(picture: Uint8Array): Uint8Array {
  if (picture.length > MAX_PICTURE_BYTES) {
    throw notBaked(`${picture.length} bytes are more than any badge has`);
  }
  const held = isPng(picture) ? inPng(picture) : inSvg(picture);
  if (held.length > 1) {
    const found = `${held.length} credentials are baked into it`;
    throw notBaked(`${found}: which one counts, each reader decides anew`);
  }
  if (!held[0]) throw notBaked("nothing is baked into it");
  return held[0];
}

function isPng(content: Uint8Array): boolean {
  return PNG.every((byte, place) => content[place] === byte);
}

function inPng(picture: Uint8Array): Uint8Array[] {
  const found: Uint8Array[] = [];
  const view = new DataView(picture.buffer, picture.byteOffset, picture.byteLength);
  for (let place = PNG.length; place < picture.length;) {
    if (place + 12 > picture.length) throw notBaked("it is cut off");
    const length = view.getUint32(place);
    if (place + 12 + length > picture.length) throw notBaked("it is cut off");
    const kind = String.fromCharCode(...picture.subarray(place + 4, place + 8));
    const data = picture.subarray(place + 8, place + 8 + length);
    if (kind === "iTXt") found.push(...inText(data));
    if (kind === "IEND") break;
    place += 12 + length;
  }
  return found;
}

/** Return the text of an iTXt chunk, if its keyword is ours; compressed ones are not read. */
function inText(data: Uint8Array): Uint8Array[] {
  const head = encode(`${KEYWORD}\0`);
  if (!head.every((byte, place) => data[place] === byte)) return [];
  if (data[head.length] !== 0) throw notBaked("the credential in it is compressed");
  const language = data.indexOf(0, head.length + 2);
  const translated = language < 0 ? -1 : data.indexOf(0, language + 1);
  if (translated < 0) throw notBaked("it cannot be read");
  return [data.slice(translated + 1)];
}

function inSvg(picture: Uint8Array): Uint8Array[] {
  const text = decode(picture);
  if (/<!DOCTYPE|<!ENTITY/i.test(text)) throw notBaked("it defines entities of its own");
  const read = new DOMParser().parseFromString(text, "image/svg+xml");
  if (read.querySelector("parsererror")) throw notBaked("it cannot be read");
  const found: Uint8Array[] = [];
  for (const node of read.getElementsByTagNameNS(NAMESPACE, "credential")) {
    const written = node.textContent.trim();
    if (written) found.push(encode(written));
    if (node.hasAttribute("verify")) found.push(encode(node.getAttribute("verify") ?? ""));
  }
  return found;
}

function notBaked(message: string): Refused {
  return new Refused([at("VC-070", message)]);
}

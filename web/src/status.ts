// A BitstringStatusList, read: gzip in multibase base64url, bit 0 the most significant of byte 0.
import { at, Refused } from "./findings.ts";
import { base64urlDecode } from "./keys.ts";

const MIN_ENTRIES = 131_072;
const MAX_DECOMPRESSED = 2 * 1024 * 1024;

/** Return the bits of an `encodedList`, or throw `Refused`; never more than 2 MiB in memory. */
export async function decodeList(encoded: unknown): Promise<Uint8Array> {
  const packed =
    typeof encoded === "string" && encoded.startsWith("u")
      ? base64urlDecode(encoded.slice(1))
      : null;
  if (!packed) throw new Refused([at("VC-040", "encodedList is not base64url multibase text")]);
  const bits = await unpacked(packed);
  if (bits.length * 8 < MIN_ENTRIES) {
    const found = `${bits.length * 8} entries, fewer than ${MIN_ENTRIES}`;
    throw new Refused([at("VC-041", found)]);
  }
  return bits;
}

/** Say whether the bit at an index is set, or throw `Refused` if there is no such bit. */
export function isSet(bits: Uint8Array, index: number): boolean {
  if (index >= bits.length * 8) {
    throw new Refused([at("VC-042", `index ${index} on a list of ${bits.length * 8}`)]);
  }
  return (bits[index >> 3]! & (0x80 >> (index & 7))) !== 0;
}

async function unpacked(packed: Uint8Array): Promise<Uint8Array> {
  const bits = new Uint8Array(MAX_DECOMPRESSED);
  let length = 0;
  try {
    const stream = new Blob([packed as BlobPart])
      .stream()
      .pipeThrough(new DecompressionStream("gzip"));
    const reader = stream.getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      if (length + part.value.length > MAX_DECOMPRESSED) {
        await reader.cancel();
        const found = `more than ${MAX_DECOMPRESSED} bytes when decompressed`;
        throw new Refused([at("VC-041", found)]);
      }
      bits.set(part.value, length);
      length += part.value.length;
    }
  } catch (error) {
    if (error instanceof Refused) throw error;
    throw new Refused([at("VC-040", "encodedList: it cannot be decompressed")]);
  }
  // Some engines ignore what follows the end: RFC 1952 has the length in the last four bytes.
  if (
    new DataView(packed.buffer, packed.byteOffset).getUint32(packed.length - 4, true) !== length
  ) {
    throw new Refused([at("VC-040", "encodedList is cut off, or something follows it")]);
  }
  return bits.slice(0, length);
}

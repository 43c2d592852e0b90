/** CRC-32 of gzip (RFC 1952, section 8), four bytes at a step. */

let tables: Int32Array | undefined;

/** Four tables of 256 in one: table k is the CRC of a byte that k zero bytes follow. */
function makeTables(): Int32Array {
  const made = new Int32Array(1024);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    made[byte] = crc;
  }
  for (let i = 256; i < 1024; i++) made[i] = (made[i - 256]! >>> 8) ^ made[made[i - 256]! & 255]!;
  return made;
}

/** Continues a CRC over more bytes; the CRC of nothing is 0. */
export function crc32(crc: number, bytes: Uint8Array): number {
  const t = (tables ??= makeTables());
  const { length } = bytes;
  let c = ~crc;
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    c ^= bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    c = t[768 + (c & 255)]! ^ t[512 + ((c >>> 8) & 255)]! ^ t[256 + ((c >>> 16) & 255)]! ^ t[c >>> 24]!;
  }
  for (; i < length; i++) c = (c >>> 8) ^ t[(c ^ bytes[i]!) & 255]!;
  return ~c >>> 0;
}

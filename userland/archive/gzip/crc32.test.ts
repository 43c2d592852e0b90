import { expect, it } from 'vitest';
import { crc32 } from './crc32.ts';

it('is the CRC of gzip, however the bytes are cut', () => {
  const bytes = Uint8Array.from({ length: 1000 }, (_, i) => (i * i) & 255);
  const whole = crc32(0, bytes);
  // «123456789» has a well-known CRC.
  expect(
    crc32(
      0,
      Uint8Array.from('123456789', c => c.charCodeAt(0)),
    ),
  ).toBe(0xcbf43926);
  for (const at of [0, 1, 2, 3, 5, 999])
    expect(crc32(crc32(0, bytes.subarray(0, at)), bytes.subarray(at))).toBe(whole);
});

/** Whole numbers from 0 to 2^53 - 1, seven bits a byte, the lowest first. */
export function writeBytes(numbers: readonly number[]): Buffer {
  const bytes: number[] = [];
  for (let number of numbers) {
    for (; number >= 0x80; number = Math.floor(number / 0x80)) bytes.push((number % 0x80) + 0x80);
    bytes.push(number);
  }
  return Buffer.from(bytes);
}

/** Nothing when the bytes are not what `writeBytes` makes. */
export function readBytes(bytes: Buffer): number[] | undefined {
  const numbers: number[] = [];
  let number = 0;
  let factor = 1;
  for (const byte of bytes) {
    number += (byte % 0x80) * factor;
    if (!Number.isSafeInteger(number)) return undefined;
    if (byte >= 0x80) {
      factor *= 0x80;
      continue;
    }
    numbers.push(number);
    number = 0;
    factor = 1;
  }
  return factor === 1 ? numbers : undefined;
}

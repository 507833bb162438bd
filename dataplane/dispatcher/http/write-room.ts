const bytes = 64 * 1024;

/** Memory in which requests are put together, the same for all: most have left as soon as they are written, and their place is the next one's. */
export class WriteRoom {
  #room = Buffer.allocUnsafeSlow(bytes);

  /** Somebody else's after the next call, unless it is kept. */
  take(length: number): Buffer {
    return length > bytes ? Buffer.allocUnsafeSlow(length) : this.#room.subarray(0, length);
  }

  /** What was taken last has not left yet. */
  keepTaken(): void {
    this.#room = Buffer.allocUnsafeSlow(bytes);
  }
}

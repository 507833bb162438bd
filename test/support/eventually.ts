import { setTimeout as delay } from 'node:timers/promises';

/** What `look` finds, once it finds something; throws after `limitMs`, saying what was there last. */
export async function eventually<T>(what: string, look: () => T | undefined | false | Promise<T | undefined | false>, limitMs = 20_000, lastSeen: () => unknown = () => ''): Promise<T> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${limitMs} ms; last seen: ${JSON.stringify(lastSeen())}`);
    await delay(20);
  }
}

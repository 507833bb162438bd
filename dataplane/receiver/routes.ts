import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

import type { RoutesFile } from '../../contract/routes-file.ts';
import { parseRoutesFile } from '../../contract/routes-file.ts';
import type { Logger } from '../../runtime/log.ts';
import type { Target } from './target.ts';

const lookMs = 1000;

/** Topics of channels: those that the routes file names, all others by their name. */
export class Routes {
  readonly #file: string;
  readonly #log: Logger;
  #text: string | undefined;
  #topics = new Map<string, string>();

  constructor(file: string, log: Logger) {
    this.#file = file;
    this.#log = log;
  }

  topicOf({ id, defaultTopic }: Target): string {
    return this.#topics.get(id) ?? defaultTopic;
  }

  /** Reads the file, which may be missing. One that is wrong changes nothing, and is told of once. */
  async read(): Promise<void> {
    const text = await readFile(this.#file, 'utf8').catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#log.error(`routes file: ${(error as Error).message}: keeping the last good one`);
      return this.#text === undefined ? '{}' : undefined;
    });
    if (text === undefined || text === this.#text) return;
    this.#text = text;
    try {
      this.#take(parseRoutesFile(text));
    } catch (error) {
      this.#log.error(`${(error as Error).message}: keeping the last good one`);
    }
  }

  /** Follows the file until the signal. */
  async follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.read();
      await delay(lookMs, undefined, { signal }).catch(() => undefined);
    }
  }

  #take(routes: RoutesFile): void {
    this.#topics = new Map(Object.entries(routes).map(([channel, { topic }]) => [channel, topic]));
    this.#log.info({ channels: this.#topics.size }, 'routes read');
  }
}

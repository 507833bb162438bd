import { readFile, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

export interface FileWatchOptions {
  readonly file: string;
  readonly signal: AbortSignal;
  readonly intervalMs?: number;
  /** The text, at the start and whenever the file became another one. */
  changed(text: string): void;
  /** It cannot be read; called once for each reason. */
  unreadable(error: Error): void;
}

/**
 * Follows a file until the signal. Looks rather than listens: a mounted ConfigMap changes by a symbolic link that is swapped two
 * levels up, of which not every file system tells.
 */
export async function watchFile(options: FileWatchOptions): Promise<void> {
  const { file, signal, intervalMs = 250 } = options;
  let seen = '';
  let said = '';
  while (!signal.aborted) {
    try {
      const version = await versionOf(file);
      if (version !== seen) {
        options.changed(await readFile(file, 'utf8'));
        seen = version;
      }
      said = '';
    } catch (error) {
      const { message } = error as Error;
      if (message !== said) options.unreadable(error as Error);
      said = message;
    }
    await delay(intervalMs, undefined, { signal }).catch(() => undefined);
  }
}

async function versionOf(file: string): Promise<string> {
  const { ino, dev, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
  return [dev, ino, size, mtimeNs, ctimeNs].join(':');
}

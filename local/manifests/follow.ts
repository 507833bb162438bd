import { stat } from 'node:fs/promises';

import { systemNamespaceOf } from '../cluster-objects.ts';
import type { Narration } from '../narration.ts';
import { checkPrograms } from '../pods/local-variables.ts';
import type { Started } from '../start.ts';
import { objectsWith } from '../start.ts';
import { StartError } from '../start-error.ts';
import type { TearDown } from '../tear-down.ts';
import { changesBetween } from './changes.ts';
import { loadManifests } from './load.ts';
import { manifestFiles } from './read.ts';

/** Files are looked at this often: editors replace them, and no watching that survives that works the same on every system. */
const lookEveryMs = 400;
const readyLimitMs = 15_000;

/** Applies the manifests again whenever they change; what cannot be read or applied leaves everything as it is. */
export function followManifests(path: string, started: Started, narration: Narration, tearDown: TearDown): void {
  let current = started.loaded;
  let seen: string | undefined;
  let refused = false;
  const stop = new AbortController();
  const reload = async (): Promise<void> => {
    const next = await loadManifests(path, started.store.all());
    next.objects.filter(({ kind }) => kind === 'Deployment').forEach(checkPrograms);
    if (systemNamespaceOf(next.objects) !== started.systemNamespace) throw new StartError('the Kafka Secret cannot move while local mode runs', 'it is in another namespace now', 'start again');
    const changes = changesBetween(current.objects, next.objects);
    if (refused && changes === undefined) narration.say('the manifests say again what runs');
    refused = false;
    if (changes === undefined || stop.signal.aborted) return;
    current = next;
    started.cluster.apply(objectsWith(next, started.kafka), started.systemNamespace);
    const [missing] = await started.cluster.ready(readyLimitMs, stop.signal, () => undefined);
    narration.say(`applied: ${changes}${missing ? `; not ready: ${missing.what}: ${missing.why}` : ''}`);
  };
  const look = async (): Promise<void> => {
    const now = await signatureOf(path);
    if (now !== seen) {
      await reload().catch((error: unknown) => {
        refused = true;
        narration.say(`not applied, the old state goes on: ${(error as Error).message}`);
      });
    }
    seen = now;
    if (!stop.signal.aborted) timer = setTimeout(() => void look(), lookEveryMs);
  };
  let timer = setTimeout(() => void look(), 0);
  tearDown.add({
    stop: () => {
      stop.abort();
      clearTimeout(timer);
      return Promise.resolve();
    },
  });
}

/** Changes when any of the files does. */
async function signatureOf(path: string): Promise<string> {
  const files = await manifestFiles(path).catch((error: unknown) => [(error as Error).message]);
  const infos = await Promise.all(
    files.map(async (file) => {
      const { mtimeMs = 0, size = 0, ino = 0 } = (await stat(file).catch(() => undefined)) ?? {};
      return `${file} ${mtimeMs} ${size} ${ino}`;
    }),
  );
  return infos.join('\n');
}

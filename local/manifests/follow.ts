import { watch } from 'node:fs';

import { systemNamespaceOf } from '../cluster-objects.ts';
import type { Narration } from '../narration.ts';
import type { Started } from '../start.ts';
import { objectsWith } from '../start.ts';
import type { TearDown } from '../tear-down.ts';
import { StartError } from '../start-error.ts';
import { checkPrograms } from '../pods/local-variables.ts';
import { changesBetween } from './changes.ts';
import { loadManifests } from './load.ts';

/** Editors write a file in several steps. */
const settleMs = 150;

/** Applies the manifests again whenever they change; what cannot be read or applied leaves everything as it is. */
export function followManifests(path: string, started: Started, narration: Narration, tearDown: TearDown): void {
  let current = started.loaded;
  let timer: NodeJS.Timeout | undefined;
  const reload = async (): Promise<void> => {
    try {
      const next = await loadManifests(path, started.store.all());
      next.objects.filter(({ kind }) => kind === 'Deployment').forEach(checkPrograms);
      if (systemNamespaceOf(next.objects) !== started.systemNamespace) throw new StartError('the Kafka Secret cannot move while local mode runs', 'it is in another namespace now', 'start again');
      const changes = changesBetween(current.objects, next.objects);
      if (changes === undefined) return;
      current = next;
      started.cluster.apply(objectsWith(next, started.kafka), started.systemNamespace);
      narration.say(`applied: ${changes}`);
    } catch (error) {
      narration.say(`not applied, the old state goes on: ${(error as Error).message}`);
    }
  };
  const watcher = watch(path, { recursive: true }, (_event, name) => {
    if (name?.startsWith('.')) return;
    clearTimeout(timer);
    timer = setTimeout(() => void reload(), settleMs);
  });
  watcher.on('error', (error) => narration.say(`${path} is not watched any more: ${error.message}`));
  tearDown.add({
    stop: () => {
      clearTimeout(timer);
      watcher.close();
      return Promise.resolve();
    },
  });
}

import type { KafkaChannel } from '../../contract/generated/kafkachannel.ts';
import type { ApiServer } from './api-server.ts';

const progressMs = 30_000;

/** Waits until so many channels are Ready with all their subscribers, and says how far it is; fails after `limitMs` with how many are. */
export async function channelsReady(api: ApiServer, count: number, limitMs: number, say: (text: string) => void): Promise<void> {
  const ready = new Set<string>();
  const started = performance.now();
  const progress = setInterval(() => say(`${ready.size} of ${count} channels are Ready after ${((performance.now() - started) / 1000).toFixed(0)} s`), progressMs);
  let stop = (): void => undefined;
  let limit: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      limit = setTimeout(() => reject(new Error(`${ready.size} of ${count} channels are Ready after ${limitMs / 1000} s`)), limitMs);
      stop = api.watch('/apis/messaging.knative.dev/v1/kafkachannels', ({ object }) => {
        if (isReady(object as unknown as KafkaChannel)) ready.add(object.metadata.uid ?? '');
        if (ready.size >= count) resolve();
      });
    });
  } finally {
    clearTimeout(limit);
    clearInterval(progress);
    stop();
  }
}

function isReady({ metadata, spec, status }: KafkaChannel): boolean {
  return (
    status.observedGeneration === metadata.generation &&
    (status.conditions ?? []).some((condition) => condition.type === 'Ready' && condition.status === 'True') &&
    (status.subscribers ?? []).filter((subscriber) => subscriber.ready === 'True').length === (spec.subscribers ?? []).length
  );
}

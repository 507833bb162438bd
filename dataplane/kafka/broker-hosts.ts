import type { BaseOptions } from '@platformatic/kafka';
import { Base } from '@platformatic/kafka';
import { setTimeout as delay } from 'node:timers/promises';

import { closingEveryConnection } from './client-connections.ts';
import { lostAfterMs, within } from './within.ts';

export interface BrokerHostsOptions {
  readonly client: BaseOptions;
  readonly signal: AbortSignal;
  /** A broker has answered. `hosts`: those that the brokers say they are reached at. */
  readonly answered: (hosts: readonly string[]) => void;
  readonly failed: (error: unknown) => void;
}

const pauseMs = { afterFailure: 1000, afterAnswer: 60_000 } as const;

/** Asks Kafka who its brokers are, until the signal. */
export async function followBrokerHosts({ client, signal, answered, failed }: BrokerHostsOptions): Promise<void> {
  const base = new Base({ ...client, metadataMaxAge: 0 });
  const close = closingEveryConnection(base);
  while (!signal.aborted) {
    let pause: number = pauseMs.afterAnswer;
    try {
      const { brokers } = await within(lostAfterMs, 'Metadata', () => base.metadata({ topics: [], forceUpdate: true }));
      answered([...brokers.values()].map(({ host }) => host));
    } catch (error) {
      failed(error);
      pause = pauseMs.afterFailure;
    }
    await delay(pause, undefined, { signal }).catch(() => undefined);
  }
  await close();
}

import type { DeliverySpec } from '../../contract/dispatcher-file.ts';
import type { SubscriptionUnderTest } from './history.ts';
import type { Stage } from './stage.ts';

/** One fault against a running system, and what is allowed to follow from it beside what never is: loss and inversions. */
export interface Scenario {
  /** As on the command line. */
  readonly name: string;
  /** Row of the fault catalogue: B1, N2, P3, S4… */
  readonly row: string;
  /** What happens, in a sentence. */
  readonly about: string;
  readonly setting?: Partial<Setting>;
  /** Makes the fault while events flow, says by `stage.felt` what it did, and takes it away again. */
  fault(stage: Stage): Promise<void>;
  /** Deliveries that a subscriber may accept again; default: any number. */
  readonly duplicates?: 'none' | 'in flight when killed';
  /** Every event is acknowledged at the first attempt. */
  readonly allAccepted?: boolean;
  /** Seconds within which events flow again for every sender and subscriber; default 60. */
  readonly recoverWithin?: number;
}

export interface Setting {
  readonly partitions: number;
  readonly receivers: number;
  readonly dispatchers: number;
  readonly subscriptions: readonly SubscriptionUnderTest[];
  /** Of every subscription. */
  readonly delivery: Partial<DeliverySpec>;
  /** Whether there is a dead letter sink. */
  readonly deadLetters: boolean;
  readonly keyedSenders: number;
  readonly keylessSenders: number;
  readonly pauseMs: number;
  readonly dataBytes: number;
  readonly receiverEnv: Readonly<Record<string, string>>;
  readonly dispatcherEnv: Readonly<Record<string, string>>;
  /** Subscribers have a name, of which `stage.name` says what it means; without it they have an address. */
  readonly named: boolean;
  /** Receivers and dispatchers have to authenticate themselves, again and again. */
  readonly sasl: boolean;
}

export const usualSetting: Setting = {
  partitions: 6,
  receivers: 2,
  dispatchers: 2,
  subscriptions: [{ uid: 'ordered', order: 'ordered' }, { uid: 'keyed', order: 'keyed' }, { uid: 'unordered', order: 'unordered' }],
  // More attempts than any fault lasts: nothing may be given up. No attempt is given up either because the subscribers' own process had to wait for the machine: it would take the event twice.
  delivery: { retry: 1000, backoffPolicy: 'linear', backoffDelayMs: 100, timeoutMs: 30_000 },
  deadLetters: false,
  keyedSenders: 6,
  keylessSenders: 2,
  pauseMs: 20,
  dataBytes: 300,
  receiverEnv: {},
  dispatcherEnv: {},
  named: false,
  sasl: false,
};

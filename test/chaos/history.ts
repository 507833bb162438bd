/** What is recorded of a scenario, and all that the checkers see. Times are in ms of one clock; ids differ per attempt to send. */
export interface History {
  readonly sends: readonly Send[];
  /** The topic, read by an independent client. */
  readonly stored: readonly StoredRecord[];
  /** What another topic of the same name held when it was deleted, where that is known. */
  readonly deleted?: readonly StoredRecord[];
  readonly subscriptions: readonly SubscriptionUnderTest[];
  readonly deliveries: readonly DeliveryAttempt[];
  /** What was committed, in the order in which Kafka took it. */
  readonly logged: readonly LoggedCommit[];
  /** Committed offsets, in the order in which they were seen: a broker that has just started may tell of earlier ones. */
  readonly commits: readonly SeenCommit[];
  /** Committed offsets after the dispatchers have ended, and the ends of the log. */
  readonly ending: readonly PartitionEnd[];
  /** What dispatchers said of their lag, and between what it was. */
  readonly lags: readonly SeenLag[];
  /** What the fault is known to have done, by name: how often. */
  readonly effects: Readonly<Record<string, number>>;
  /** What was sent before this time may be gone, for the topic was deleted or cut by its owner. */
  readonly lossAllowedBefore?: number;
}

/** `ok`: answered with 2xx. `fail`: certainly not stored. `unknown`: everything else. */
export type SendOutcome = 'ok' | 'fail' | 'unknown';

export interface Send {
  /** `SENDER.NUMBER.ATTEMPT`. */
  readonly id: string;
  /** Absent: the event goes to any partition. */
  readonly key?: string;
  readonly calledAt: number;
  readonly returnedAt: number;
  readonly outcome: SendOutcome;
  readonly digest: string;
}

export interface StoredRecord {
  readonly id: string;
  readonly key?: string;
  readonly partition: number;
  readonly offset: number;
  readonly digest: string;
}

export interface SubscriptionUnderTest {
  readonly uid: string;
  readonly order: 'ordered' | 'keyed' | 'unordered';
  /** Most attempts of one event, where the scenario bounds them. */
  readonly mostAttempts?: number;
  /** Waits in ms between the attempts of one event, where the scenario bounds them; jitter comes on top. */
  readonly backoffs?: readonly number[];
}

export interface DeliveryAttempt {
  readonly subscription: string;
  readonly to: 'subscriber' | 'dead-letter';
  readonly id: string;
  readonly startedAt: number;
  readonly endedAt: number;
  /** Whether 2xx was answered. */
  readonly accepted: boolean;
  readonly digest: string;
}

export interface SeenCommit {
  readonly subscription: string;
  readonly partition: number;
  readonly offset: number;
  readonly at: number;
}

/** As Kafka keeps it. `offset`: undefined where it was deleted, with its topic or by hand. */
export interface LoggedCommit {
  readonly subscription: string;
  readonly partition: number;
  readonly offset: number | undefined;
  readonly at: number;
}

export interface PartitionEnd {
  readonly subscription: string;
  readonly partition: number;
  readonly committed: number;
  readonly logEnd: number;
}

/** Of all partitions of a subscription together. */
export interface SeenLag {
  readonly subscription: string;
  readonly reported: number;
  /** By the ends of the log and what was committed, some seconds before it was asked for and some after. */
  readonly least: number;
  readonly most: number;
}

/** The event that an attempt to send belongs to. */
export function eventOf(id: string): string {
  return id.slice(0, id.lastIndexOf('.'));
}

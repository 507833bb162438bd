import type { Logger } from '../../runtime/log.ts';
import type { CloudEvent } from '../cloudevents/event.ts';
import { bounded } from './bounded-text.ts';

export type Destination = 'subscriber' | 'reply' | 'deadLetterSink';

/** What is known of the record that a line is about. */
export interface Subject {
  readonly event: CloudEvent | undefined;
  readonly partition: number;
  readonly offset: number;
}

/** How an attempt ended. */
export interface AttemptEnd {
  readonly destination: Destination;
  /** 1, 2, … */
  readonly attempt: number;
  /** HTTP status; null where there was no answer. */
  readonly status: number | null;
  readonly durationMs: number;
  readonly nextAttemptInMs?: number;
  readonly error?: string;
}

export interface DeliveryLog {
  delivered(subject: Subject, end: AttemptEnd): void;
  retrying(subject: Subject, end: AttemptEnd): void;
  /** Its partition has gone elsewhere: whoever has that now goes on. */
  cut(subject: Subject, end: AttemptEnd): void;
  /** A dead letter sink has not taken an event at the first attempt: its partition waits. */
  waiting(subject: Subject, end: AttemptEnd): void;
  deadLettered(subject: Subject, end: AttemptEnd): void;
  dropped(subject: Subject, end: AttemptEnd): void;
}

export interface LoggedSubscription {
  /** `<namespace>/<name>` of the channel. */
  readonly channel: string;
  readonly subscription: string;
  readonly subscriptionUid: string;
}

const levels = { delivered: 'debug', retrying: 'debug', cut: 'info', waiting: 'warn', deadLettered: 'warn', dropped: 'error' } as const;
const messages = { delivered: 'delivered', retrying: 'retrying', cut: 'attempt cut off: its partition goes elsewhere', waiting: 'waiting for the dead letter sink', deadLettered: 'dead-lettered', dropped: 'dropped' } as const;

/** One line for each attempt's end. Local mode reads these lines: their fields are a contract. */
export function deliveryLog(log: Logger, of: LoggedSubscription): DeliveryLog {
  const say = (kind: keyof typeof levels) => (subject: Subject, end: AttemptEnd): void => {
    const level = levels[kind];
    if (!log.isLevelEnabled(level)) return;
    const { event, partition, offset } = subject;
    const attributes = event?.attributes;
    const shown = (name: string): string | null => (attributes?.has(name) ? bounded(attributes.get(name) ?? '') : null);
    const eventFields = { eventType: shown('type'), eventId: shown('id'), eventSource: shown('source') };
    log[level]({ ...of, ...eventFields, partition, offset, ...end }, messages[kind]);
  };
  return { delivered: say('delivered'), retrying: say('retrying'), cut: say('cut'), waiting: say('waiting'), deadLettered: say('deadLettered'), dropped: say('dropped') };
}

/** The end of one attempt, as the dispatcher logs it. */
export interface Delivery {
  readonly time: string;
  readonly outcome: 'delivered' | 'retrying' | 'dead-lettered' | 'dropped';
  readonly channel: string;
  readonly subscription: string;
  readonly subscriptionUid: string;
  /** null where the record is no CloudEvent. */
  readonly eventType: string | null;
  readonly eventId: string | null;
  readonly attempt: number;
  readonly status: number | null;
  readonly durationMs: number;
  readonly nextAttemptInMs?: number;
  readonly error?: string;
  readonly destination: 'subscriber' | 'reply' | 'deadLetterSink';
}

const outcomes = ['delivered', 'retrying', 'dead-lettered', 'dropped'];

/** Undefined for every other line of a dispatcher's log. */
export function deliveryOf(line: string): Delivery | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const entry = JSON.parse(line) as Partial<Delivery> & { msg?: string };
    if (!outcomes.includes(entry.msg ?? '') || entry.channel === undefined || entry.subscription === undefined) return undefined;
    return { ...(entry as Delivery), outcome: entry.msg as Delivery['outcome'] };
  } catch {
    return undefined;
  }
}

/** One line for people: time, channel → subscriber, type, id, attempt, status, ms; of a failure also why, and when the next attempt is. */
export function deliveryLine(delivery: Delivery): string {
  const { time, channel, subscription, destination, eventType, eventId, attempt, status, durationMs } = delivery;
  const target = destination === 'subscriber' ? subscription : `${subscription} (${destination === 'reply' ? 'reply' : 'dead letter sink'})`;
  const columns = [clock(time), `${channel} → ${target}`, eventType ?? 'no CloudEvent', `id ${eventId ?? '-'}`, `attempt ${attempt}`, status === null ? 'no answer' : String(status), `${Math.round(durationMs)} ms`];
  return [...columns, ...troubleOf(delivery)].map(printable).join('  ');
}

function troubleOf({ outcome, error, nextAttemptInMs }: Delivery): string[] {
  if (outcome === 'delivered') return [];
  const why = error === undefined ? [] : [error];
  if (outcome === 'dead-lettered') return [...why, 'given up: sent to the dead letter sink'];
  if (outcome === 'dropped') return [...why, 'given up: no dead letter sink takes it'];
  return [...why, `next attempt in ${((nextAttemptInMs ?? 0) / 1000).toFixed(1)} s`];
}

function clock(time: string): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return '--:--:--.---';
  return `${date.toTimeString().slice(0, 8)}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

/** An event's attributes come from anywhere: nothing of them may steer a terminal. */
export function printable(text: string): string {
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '?');
}

import type { DeliveryOrder } from '../../contract/dispatcher-file.ts';
import type { Progress } from '../../dataplane/dispatcher/commit-metadata.ts';
import { decodeProgress } from '../../dataplane/dispatcher/commit-metadata.ts';
import type { OffsetCommit } from '../../dataplane/kafka/offset-commits.ts';
import type { Place, SimulatedTopic } from './simulated-topic.ts';
import { nameOf } from './simulated-topic.ts';

export interface Attempt extends Place {
  readonly to: 'subscriber' | 'sink';
  readonly by: string;
}

interface Event {
  /** Attempts at the subscriber. */
  attempts: number;
  /** Accepted by the dead letter sink. */
  letters: number;
  ended: boolean;
  /** Gone from the log before it ended. */
  expired: boolean;
}

export interface HistoryOptions {
  readonly order: DeliveryOrder;
  readonly retry: number;
  readonly maxInFlight: number;
  readonly topic: SimulatedTopic;
  readonly violated: (what: string) => void;
}

/** Everything that was seen from outside, and whether it may be so (K6 to K10). */
export class History {
  readonly #options: HistoryOptions;
  /** By partition, then by offset. */
  readonly #events: Map<number, Event>[] = [];
  readonly #open = new Map<Attempt, string | undefined>();
  /** Owners that went without a word, and could not say what they knew. */
  unclean = 0;
  duplicates = 0;

  constructor(options: HistoryOptions) {
    this.#options = options;
  }

  /** `owns`: whether the group has given the partition to whoever makes the attempt. */
  begun(attempt: Attempt, owns: boolean): void {
    const { violated, maxInFlight } = this.#options;
    const event = this.event(attempt);
    if (!owns) violated(`K8: ${attempt.by} starts an attempt for ${nameOf(attempt)}, which is not its own`);
    if (event.ended && !event.expired) this.#again(attempt);
    const lane = this.#laneOf(attempt);
    if (lane !== undefined && owns) this.#checkOrder(attempt, lane);
    this.#open.set(attempt, lane);
    let mine = 0;
    for (const { by } of this.#open.keys()) if (by === attempt.by) mine += 1;
    if (mine > maxInFlight) violated(`${attempt.by} has ${mine} attempts under way`);
    if (attempt.to === 'subscriber') this.#count(attempt, event);
  }

  /** It was answered, or abandoned: that is an attempt as well. */
  finished(attempt: Attempt): void {
    this.#open.delete(attempt);
  }

  /** Its attempts are nobody's any more. */
  vanished(by: string): void {
    this.unclean += 1;
    for (const attempt of this.#open.keys()) if (attempt.by === by) this.#open.delete(attempt);
  }

  letterAccepted(place: Place): void {
    const event = this.event(place);
    event.letters += 1;
    if (event.letters > 1 + this.unclean) this.#options.violated(`K9: ${nameOf(place)} is a dead letter ${event.letters} times`);
  }

  ended(place: Place): void {
    this.event(place).ended = true;
  }

  expired(place: Place): void {
    const event = this.event(place);
    event.expired = !event.ended;
    event.ended = true;
  }

  committed(partition: number, { offset, metadata }: OffsetCommit, before: OffsetCommit | undefined): void {
    const { topic, violated } = this.#options;
    if (before && offset < before.offset) violated(`K10: partition ${partition} is committed back from ${before.offset} to ${offset}`);
    if (metadata.length > 3072) violated(`metadata of ${metadata.length} characters`);
    const beyond = decodeProgress(metadata, offset);
    if (metadata !== '' && !beyond) violated(`metadata that nobody can read: ${metadata}`);
    const passed = passedBy(offset, beyond);
    for (const record of topic.log(partition).records) {
      if (passed(record.offset) && !this.event({ partition, offset: record.offset }).ended) violated(`K6: a commit of ${offset} in partition ${partition} passes ${record.offset}, which has not ended`);
    }
  }

  event({ partition, offset }: Place): Event {
    const events = (this.#events[partition] ??= new Map<number, Event>());
    let event = events.get(offset);
    if (!event) events.set(offset, (event = { attempts: 0, letters: 0, ended: false, expired: false }));
    return event;
  }

  #again(attempt: Attempt): void {
    this.duplicates += 1;
    if (this.unclean === 0) this.#options.violated(`K11: ${attempt.by} starts ${nameOf(attempt)} again, though it has ended and nobody was killed`);
  }

  #count(attempt: Attempt, event: Event): void {
    event.attempts += 1;
    const most = this.#options.retry + 1 + this.unclean;
    if (event.attempts > most) this.#options.violated(`K9: attempt ${event.attempts} of ${nameOf(attempt)}, where ${most} are allowed`);
  }

  /** Events that must not be under way together. */
  #laneOf({ partition, offset }: Place): string | undefined {
    const { order, topic } = this.#options;
    if (order === 'unordered') return undefined;
    if (order === 'ordered') return `${partition}`;
    const key = topic.log(partition).records.find((record) => record.offset === offset)?.key;
    return key ? `${partition}/${key}` : undefined;
  }

  #checkOrder(attempt: Attempt, lane: string): void {
    const { order, topic, violated } = this.#options;
    for (const [other, itsLane] of this.#open) if (itsLane === lane && other.by === attempt.by) violated(`K7: ${nameOf(attempt)} is started while ${nameOf(other)} is under way`);
    const { partition, offset } = attempt;
    for (const record of topic.log(partition).records) {
      if (record.offset >= offset) break;
      const isBefore = order === 'ordered' || (record.key !== null && `${partition}/${record.key}` === lane);
      if (isBefore && !this.event({ partition, offset: record.offset }).ended) violated(`K7: ${nameOf(attempt)} is started before ${record.offset} has ended`);
    }
  }
}

/** Whether a commit calls an offset finished. */
function passedBy(committed: number, beyond: Progress | undefined): (offset: number) => boolean {
  const open = new Set(beyond?.open);
  return (offset) => offset < committed || (offset < (beyond?.end ?? 0) && !open.has(offset));
}

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
  /** By partition, then by name. */
  readonly #events: Map<string, Event>[] = [];
  /** Where the log of each partition was cut off the furthest back. */
  readonly #cuts: number[] = [];
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

  /** The log of a partition has lost its end, and whoever has it may begin anew there. */
  cut(partition: number, end: number): void {
    this.#cuts[partition] = Math.min(this.#cuts[partition] ?? Infinity, end);
    this.unclean += this.#options.retry + 1;
  }

  committed(partition: number, commit: OffsetCommit, before: OffsetCommit | undefined): void {
    const { violated } = this.#options;
    const { offset, metadata } = commit;
    if (before && offset < before.offset && offset < (this.#cuts[partition] ?? Infinity)) violated(`K10: partition ${partition} is committed back from ${before.offset} to ${offset}`);
    if (metadata.length > 3072) violated(`metadata of ${metadata.length} characters`);
    const beyond = decodeProgress(metadata, offset);
    if (metadata !== '' && !beyond) violated(`metadata that nobody can read: ${metadata}`);
    const passes = passedBy(commit, beyond);
    for (const record of this.#options.topic.log(partition).records) {
      if (passes(record) && !this.event({ ...record, partition }).ended) violated(`K6: a commit of ${offset} in partition ${partition} passes ${record.offset}, which has not ended`);
    }
  }

  event(place: Place): Event {
    const events = (this.#events[place.partition] ??= new Map<string, Event>());
    const name = nameOf(place);
    let event = events.get(name);
    if (!event) events.set(name, (event = { attempts: 0, letters: 0, ended: false, expired: false }));
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
    const { partition, offset, epoch } = attempt;
    const { records } = topic.log(partition);
    const isLost = !records.some((record) => record.offset === offset && record.epoch === epoch);
    for (const record of isLost ? [] : records) {
      if (record.offset >= offset) break;
      const isBefore = order === 'ordered' || (record.key !== null && `${partition}/${record.key}` === lane);
      if (isBefore && !this.event({ ...record, partition }).ended) violated(`K7: ${nameOf(attempt)} is started before ${record.offset} has ended`);
    }
  }
}

/** Whether a commit calls a record finished. One that names an earlier leader than the record's is of a log that is gone: the broker tells the next owner. */
function passedBy(commit: OffsetCommit, beyond: Progress | undefined): (record: Omit<Place, 'partition'>) => boolean {
  const open = new Set(beyond?.open);
  return ({ offset, epoch }) => {
    const isBelow = offset < commit.offset;
    const named = isBelow ? commit.epoch : beyond?.epoch;
    return (named === undefined || named >= epoch) && (isBelow || (offset < (beyond?.end ?? 0) && !open.has(offset)));
  };
}

import type { FetchLoop, FetchLoopListener, PartitionFetch } from '../../dataplane/kafka/fetch-loop.ts';
import type { EpochStart, FetchedBatch, FetchedRecord } from '../../dataplane/kafka/fetched-records.ts';
import type { Sleeper, VirtualTime } from './virtual-time.ts';

export interface LogPartition {
  start: number;
  end: number;
  readonly records: SimulatedRecord[];
  /** Its leaders so far, those that have written nothing included; never empty. */
  readonly leaders: EpochStart[];
}

interface SimulatedRecord extends FetchedRecord {
  /** Of the leader that has written it. */
  readonly epoch: number;
}

/** The log and what was read of it part ways here. */
interface Diverged {
  readonly divergedAt: number;
}

const contentHeaders = ['ce_specversion', '1.0', 'ce_source', '/simulation', 'ce_type', 'simulated'];
const recordBytes = 1000;

/** Where an event is, and which leader has written it there: after an election another may be in its place. */
export interface Place {
  readonly partition: number;
  readonly offset: number;
  readonly epoch: number;
}

/** Name of an event: its place. */
export function nameOf({ partition, offset, epoch }: Place): string {
  return `${partition}:${offset}:${epoch}`;
}

/** The place that a name tells of. */
export function placeFrom(name: string): Place {
  const [partition = NaN, offset = NaN, epoch = NaN] = name.split(':').map(Number);
  return { partition, offset, epoch };
}

/** The log of a topic, holes included. */
export class SimulatedTopic {
  readonly partitions: readonly LogPartition[];
  readonly #waiting = new Set<() => void>();

  constructor(count: number) {
    this.partitions = Array.from({ length: count }, () => ({ start: 0, end: 0, records: [], leaders: [{ from: 0, epoch: 0 }] }));
  }

  append(partition: number, key: string | null, hole: number): void {
    const log = this.log(partition);
    const offset = log.end + hole;
    const epoch = log.leaders.at(-1)?.epoch ?? 0;
    log.records.push({ offset, key, value: null, headers: [...contentHeaders, 'ce_id', nameOf({ partition, offset, epoch })], timestamp: 0, size: recordBytes, epoch });
    log.end = offset + 1;
    this.wake();
  }

  /** Whoever waits at its end looks again. */
  wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  /** Says what was lost. */
  truncate(partition: number, start: number): SimulatedRecord[] {
    const log = this.log(partition);
    log.start = start;
    const first = log.records.findIndex(({ offset }) => offset >= start);
    return log.records.splice(0, first < 0 ? log.records.length : first);
  }

  /** Another leader, whose log ends at `end`: what lies behind is lost. */
  elect(partition: number, end: number): void {
    const log = this.log(partition);
    log.end = end;
    const first = log.records.findIndex(({ offset }) => offset >= end);
    if (first >= 0) log.records.splice(first);
    log.leaders.push({ from: end, epoch: (log.leaders.at(-1)?.epoch ?? 0) + 1 });
    this.wake();
  }

  log(partition: number): LogPartition {
    const log = this.partitions[partition];
    if (!log) throw new Error(`no partition ${partition}`);
    return log;
  }

  /** Told once, of the next record. */
  onAppend(wake: () => void): void {
    this.#waiting.add(wake);
  }

  read({ partition, offset, maxBytes, epoch }: PartitionFetch, most: number): FetchedBatch | Diverged | 'out of range' {
    const log = this.log(partition);
    const divergedAt = epoch === undefined ? undefined : divergence(log, offset, epoch);
    if (divergedAt !== undefined) return { divergedAt };
    if (offset < log.start || offset > log.end) return 'out of range';
    const from = log.records.findIndex((record) => record.offset >= offset);
    const records = from < 0 ? [] : log.records.slice(from, from + Math.max(1, Math.min(most, Math.floor(maxBytes / recordBytes))));
    const following = from < 0 ? undefined : log.records[from + records.length];
    const next = following?.offset ?? log.end;
    return { partition, from: offset, records, next, epochs: epochsBetween(log, offset, next), end: log.end, logStart: log.start };
  }
}

/** As a broker finds it: where the last leader up to that epoch has written no further, or there was none of that epoch. */
function divergence({ leaders, end }: LogPartition, offset: number, epoch: number): number | undefined {
  const index = leaders.findLastIndex((leader) => leader.epoch <= epoch);
  const itsEnd = leaders.slice(index + 1).reduce((least, { from }) => Math.min(least, from), end);
  return itsEnd < offset || leaders[index]?.epoch !== epoch ? Math.min(itsEnd, offset) : undefined;
}

/** Who has written what lies between two offsets: of leaders whose part was cut off, nothing is left. */
function epochsBetween({ leaders }: LogPartition, from: number, to: number): EpochStart[] {
  const left = leaders.filter((leader, index) => leaders.slice(index + 1).every((later) => later.from > leader.from));
  return left.filter((leader, index) => leader.from < to && (left[index + 1]?.from ?? Infinity) > from).map((leader) => ({ from: Math.max(from, leader.from), epoch: leader.epoch }));
}

/** How many of the next answers of Kafka never arrive, nor any word of that. */
export interface Losses {
  left: number;
}

export interface SimulatedReader {
  readonly time: VirtualTime;
  readonly self: Sleeper;
  readonly random: () => number;
  readonly losses: Losses;
}

/** Reads it as the fetch loop does: one request at a time. */
export function simulatedFetching(topic: SimulatedTopic, { time, self, random, losses }: SimulatedReader, listener: FetchLoopListener): FetchLoop {
  /** Grows with every renewal: answers over older connections count for nothing. */
  let connections = 0;
  let isBusy = false;
  let isWoken = false;
  let isClosed = false;
  const ask = (): void => {
    isWoken = false;
    const wanted = isClosed ? [] : listener.wanted();
    if (wanted.length === 0) {
      isBusy = false;
      return;
    }
    const over = connections;
    if (losses.left > 0) {
      losses.left -= 1;
      return;
    }
    time.after(random() * 20, () => {
      const answers = wanted.map((fetch) => ({ fetch, answer: topic.read(fetch, 1 + Math.floor(random() * 8)) }));
      time.after(random() * 20, () => over === connections && take(answers), self);
    });
  };
  const take = (answers: readonly { fetch: PartitionFetch; answer: FetchedBatch | Diverged | 'out of range' }[]): void => {
    let found = 0;
    for (const { fetch, answer } of answers) {
      if (isClosed) break;
      if (answer === 'out of range') listener.outOfRange(fetch);
      else if ('divergedAt' in answer) listener.outOfRange(fetch, answer.divergedAt);
      else {
        found += answer.next - answer.from;
        listener.fetched(answer);
      }
    }
    isBusy = false;
    const isBehind = answers.some(({ answer }) => answer !== 'out of range' && 'next' in answer && answer.next < topic.log(answer.partition).end);
    if (found > 0 || isWoken || isBehind) loop.wake();
    else topic.onAppend(() => loop.wake());
  };
  const loop: FetchLoop = {
    topicId: undefined,
    wake: () => {
      isWoken = true;
      if (isBusy) return;
      isBusy = true;
      time.after(0, ask, self);
    },
    logRanges: (partitions) =>
      new Promise((resolve) => time.after(random() * 30, () => resolve(new Map(partitions.map((partition) => [partition, { logStart: topic.log(partition).start, end: topic.log(partition).end }]))), self)),
    isHindered: () => false,
    renew: () => {
      connections += 1;
      isBusy = false;
      loop.wake();
    },
    close: () => {
      isClosed = true;
      return Promise.resolve();
    },
  };
  return loop;
}

import type { KafkaConsumerGroup } from '../../contract/generated/kafkaconsumergroup.ts';
import type { Offsets } from '../kafka/kafka-admin.ts';

/** Shortest time between two reports of a change: a busy group is not to be written all the time (K7). */
const intervalMs = 60_000;

export type Measured = Pick<KafkaConsumerGroup['status'], 'lag' | 'oldest' | 'members' | 'measuredAt'>;

/** What Kafka says of a group at one moment. */
export interface Measure {
  readonly lag: bigint;
  /** Age of the oldest event not delivered, rounded. */
  readonly oldest: string;
  readonly members: number;
}

/** Events from the committed offsets to the ends. */
export function lagOf(committed: Offsets, ends: Offsets): bigint {
  let lag = 0n;
  for (const [partition, end] of ends) {
    const behind = end - (committed.get(partition) ?? end);
    if (behind > 0n) lag += behind;
  }
  return lag;
}

/** What status says of lag, age and members: rounded, as it is on record where it did not change, and where that was less than a minute ago. */
export function measured(known: Measured | undefined, { lag, oldest, members }: Measure, now: string): Measured {
  const fresh = { lag: rounded(lag), oldest, members, measuredAt: now };
  if (known?.measuredAt === undefined) return fresh;
  const same = known.lag === fresh.lag && known.oldest === oldest && known.members === members;
  return same || Date.parse(now) - Date.parse(known.measuredAt) < intervalMs ? knownMeasure(known) : fresh;
}

export function knownMeasure({ lag, oldest, members, measuredAt }: Measured): Measured {
  return { ...(lag !== undefined && { lag }), ...(oldest !== undefined && { oldest }), ...(members !== undefined && { members }), ...(measuredAt !== undefined && { measuredAt }) };
}

/** Two significant digits: 7, 99, 120, 1.3k, 25k, 1.2M. Never 0 for something. */
export function rounded(count: bigint): string {
  const two = Number(Number(count).toPrecision(2));
  const unit = [{ size: 1e9, name: 'G' }, { size: 1e6, name: 'M' }, { size: 1e3, name: 'k' }].find(({ size }) => two >= size);
  return unit ? `${Number((two / unit.size).toPrecision(2))}${unit.name}` : String(two);
}

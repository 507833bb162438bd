import type { KafkaAdmin, Offsets } from '../kafka/kafka-admin.ts';

/** Ages that are told, in seconds: 1 s to 100 days. */
const rungs = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 18_000, 36_000, 86_400, 172_800, 432_000, 864_000, 1_728_000, 2_592_000, 8_640_000];

/**
 * About how old the oldest event after the committed offsets is, as the largest of those ages that it has passed: `0s` where there is none, else `1s` to `100d`.
 * Kafka tells no timestamp of an offset, but the first offset at or after a time: a few such questions narrow it down. `now` is in ms since 1970.
 */
export async function oldestAge(admin: KafkaAdmin, topic: string, committed: Offsets, ends: Offsets, now: number): Promise<string> {
  const lagging = [...ends].filter(([partition, end]) => end > (committed.get(partition) ?? end)).map(([partition]) => partition);
  if (lagging.length === 0) return '0s';
  const hasPassed = async (age: number): Promise<boolean> => {
    const offsets = await admin.offsetsAt(topic, lagging, BigInt(Math.max(0, now - age * 1000)));
    return [...offsets].some(([partition, offset]) => offset > (committed.get(partition) ?? offset));
  };
  let passed = 0;
  let beyond = rungs.length;
  while (beyond - passed > 1) {
    const middle = Math.floor((passed + beyond) / 2);
    if (await hasPassed(rungs[middle] ?? 0)) passed = middle;
    else beyond = middle;
  }
  return formatAge(rungs[passed] ?? 0);
}

function formatAge(seconds: number): string {
  const unit = [{ size: 86_400, name: 'd' }, { size: 3600, name: 'h' }, { size: 60, name: 'm' }].find(({ size }) => seconds >= size) ?? { size: 1, name: 's' };
  return `${seconds / unit.size}${unit.name}`;
}

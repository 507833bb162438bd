import type { History, SeenCommit, StoredRecord } from '../history.ts';
import { eventOf } from '../history.ts';
import { finishedAt } from './finished.ts';
import type { Violation } from './violation.ts';

/** K10: a commit never goes back. */
export function commitsGoForward(history: History): Violation[] {
  const last = new Map<string, number>();
  return judged(history).flatMap(({ subscription, partition, offset }) => {
    const of = `${subscription} ${partition}`;
    const before = last.get(of) ?? -1;
    last.set(of, offset);
    return offset < before ? [{ check: 'K10', kind: 'other', what: `${subscription}, partition ${partition}: the commit went back from ${before} to ${offset}` } as const] : [];
  });
}

/** K6, proven without waiting: a commit that has passed a record which was not over has lost it. */
export function commitsPassOnlyFinished(history: History): Violation[] {
  const byPartition = Map.groupBy(history.stored.toSorted((a, b) => a.offset - b.offset), ({ partition }) => partition);
  return history.subscriptions.flatMap(({ uid }) => {
    const finished = finishedAt(history, uid);
    const commits = Map.groupBy(judged(history).filter(({ subscription }) => subscription === uid), ({ partition }) => partition);
    return [...commits].flatMap(([partition, ofPartition]) => passedTooEarly(byPartition.get(partition) ?? [], ofPartition, finished));
  });
}

function passedTooEarly(records: readonly StoredRecord[], commits: readonly SeenCommit[], finished: ReadonlyMap<string, number>): Violation[] {
  const found: Violation[] = [];
  let next = 0;
  for (const { subscription, partition, offset, at } of commits) {
    for (let record = records[next]; record && record.offset < offset; record = records[next]) {
      const { id } = record;
      if ((finished.get(id) ?? Infinity) > at) found.push({ check: 'K6', kind: 'lost', what: `${subscription}: offset ${offset} was committed in partition ${partition} before ${id} (offset ${record.offset}) was over`, event: eventOf(id) });
      next += 1;
    }
  }
  return found;
}

/** K11: after a clean end, everything is committed. */
export function endIsCommitted({ ending }: History): Violation[] {
  return ending
    .filter(({ committed, logEnd }) => Math.max(committed, 0) !== logEnd)
    .map(({ subscription, partition, committed, logEnd }) => ({ check: 'K11', kind: 'other', what: `${subscription}, partition ${partition}: ${committed} is committed at the end and the log ends at ${logEnd}` }));
}

/** Commits of the topic as it is now. */
function judged({ commits, lossAllowedBefore = -Infinity }: History): SeenCommit[] {
  return commits.filter(({ at }) => at >= lossAllowedBefore);
}

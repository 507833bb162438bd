import type { History, SeenCommit } from '../history.ts';
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
  const byPartition = Map.groupBy(history.stored, ({ partition }) => partition);
  return history.subscriptions.flatMap(({ uid }) => {
    const finished = finishedAt(history, uid);
    const found: Violation[] = [];
    for (const [partition, commits] of Map.groupBy(judged(history).filter(({ subscription }) => subscription === uid), (commit) => commit.partition)) {
      const records = (byPartition.get(partition) ?? []).toSorted((a, b) => a.offset - b.offset);
      let next = 0;
      for (const { offset, at } of commits) {
        for (let record = records[next]; record && record.offset < offset; record = records[next]) {
          if ((finished.get(record.id) ?? Infinity) > at) found.push({ check: 'K6', kind: 'lost', what: `${uid}: offset ${offset} was committed in partition ${partition} before ${record.id} (offset ${record.offset}) was over`, event: eventOf(record.id) });
          next += 1;
        }
      }
    }
    return found;
  });
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

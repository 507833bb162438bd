import type { History, LoggedCommit, SeenCommit, StoredRecord } from '../history.ts';
import { eventOf } from '../history.ts';
import { finishedAt } from './finished.ts';
import type { Violation } from './violation.ts';

/** K10: a commit never goes back. */
export function commitsGoForward(history: History): Violation[] {
  if (history.commits.length > 0 && history.logged.length === 0) return [{ check: 'K10', kind: 'other', what: 'commits were seen, and none is in the log of Kafka' }];
  const last = new Map<string, number>();
  return judged(history.logged, history).flatMap(({ subscription, partition, offset = -1 }) => {
    const of = `${subscription} ${partition}`;
    const before = offset < 0 ? -1 : (last.get(of) ?? -1);
    last.set(of, offset);
    return offset < before ? [{ check: 'K10', kind: 'other', what: `${subscription}, partition ${partition}: the commit went back from ${before} to ${offset}` } as const] : [];
  });
}

/** K6, proven without waiting: a commit that has passed a record which was not over has lost it. */
export function commitsPassOnlyFinished(history: History): Violation[] {
  const byPartition = Map.groupBy(history.stored.toSorted((a, b) => a.offset - b.offset), ({ partition }) => partition);
  return history.subscriptions.flatMap(({ uid }) => {
    const finished = finishedAt(history, uid);
    const commits = Map.groupBy(judged(history.commits, history).filter(({ subscription }) => subscription === uid), ({ partition }) => partition);
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
function judged<Commit extends SeenCommit | LoggedCommit>(commits: readonly Commit[], { lossAllowedBefore = -Infinity }: History): Commit[] {
  return commits.filter(({ at }) => at >= lossAllowedBefore);
}

import { describe, expect, test } from '@jest/globals';

import type { DeliveryAttempt, History, Send, StoredRecord } from '../history.ts';
import { verdict } from './verdict.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Draft = { -readonly [K in keyof History]: History[K] extends readonly (infer Item)[] ? Mutable<Item>[] : History[K] };

const perKey = 10;

/** Two senders with a key each, in two partitions; one subscription in order, one by key; every event accepted at the first attempt. */
function good(): Draft {
  const sends: Send[] = [];
  const stored: StoredRecord[] = [];
  const deliveries: DeliveryAttempt[] = [];
  for (const [partition, key] of ['a', 'b'].entries()) {
    for (let number = 0; number < perKey; number += 1) {
      const id = `${key}.${number}.1`;
      const digest = `bytes of ${id}`;
      const at = 100 * number;
      sends.push({ id, key, calledAt: at, returnedAt: at + 10, outcome: 'ok', digest });
      stored.push({ id, key, partition, offset: number, digest });
      for (const subscription of ['one', 'two']) deliveries.push({ subscription, to: 'subscriber', id, startedAt: at + 20, endedAt: at + 30, accepted: true, digest });
    }
  }
  const partitions = [0, 1].flatMap((partition) => ['one', 'two'].map((subscription) => ({ subscription, partition })));
  return {
    sends,
    stored,
    deliveries,
    lags: [{ subscription: 'one', reported: 3, least: 2, most: 4 }, { subscription: 'two', reported: 0, least: 0, most: 0 }],
    subscriptions: [{ uid: 'one', order: 'ordered', mostAttempts: 1 }, { uid: 'two', order: 'keyed' }],
    commits: [5, perKey].flatMap((offset) => partitions.map((of) => ({ ...of, offset, at: 100 * offset }))),
    logged: [5, perKey].flatMap((offset) => partitions.map((of) => ({ ...of, offset, at: 100 * offset }))),
    ending: partitions.map((of) => ({ ...of, committed: perKey, logEnd: perKey })),
    effects: { 'connections cut': 3 },
  };
}

function at<T>(list: readonly T[], index: number): T {
  const item = list.at(index);
  if (item === undefined) throw new Error(`nothing at ${index}`);
  return item;
}

function swap(a: Mutable<StoredRecord>, b: Mutable<StoredRecord>): void {
  [a.offset, b.offset] = [b.offset, a.offset];
}

/** The last event of the second subscription is refused and comes again after these times, where 100 ms and 200 ms are its backoffs. */
function again(history: Draft, ...waits: number[]): void {
  history.subscriptions[1] = { uid: 'two', order: 'keyed', backoffs: [100, 200] };
  for (const commit of history.commits) if (commit.offset === perKey) commit.at = 2000;
  for (const wait of waits) {
    const last = at(history.deliveries, -1);
    last.accepted = false;
    history.deliveries.push({ ...last, accepted: true, startedAt: last.endedAt + wait, endedAt: last.endedAt + wait + 1 });
  }
}

/** A mutation, and the rules that must notice it; none: it must pass. */
const mutations: [what: string, mutate: (history: Draft) => void, noticed: string[]][] = [
  ['nothing', () => undefined, []],
  ['an acknowledged event is not stored', (history) => void history.stored.splice(3, 1), ['K1']],
  ['the last acknowledged event is not stored', (history) => void history.stored.pop(), ['K1']],
  ['one is not stored, and one that nobody called for is: the totals agree', (history) => void history.stored.splice(3, 1, { id: 'c.0.1', partition: 0, offset: 3, digest: '' }), ['K1', 'K2', 'K6', 'K7']],
  ['an event whose outcome is unknown is not stored', (history) => {
    at(history.sends, -1).outcome = 'unknown';
    history.stored.pop();
  }, []],
  ['a refused event is stored', (history) => void (at(history.sends, 2).outcome = 'fail'), ['K2']],
  ['an event is stored twice', (history) => {
    history.stored.push({ ...at(history.stored, 4), offset: perKey });
    for (const end of history.ending) if (end.partition === 0) end.committed = end.logEnd = perKey + 1;
  }, ['K3']],
  ['a sender has sent an event again after an unknown outcome: two attempts, both stored', (history) => {
    at(history.sends, perKey - 1).outcome = 'unknown';
    const id = `a.${perKey - 1}.2`;
    history.sends.push({ id, key: 'a', calledAt: 1000, returnedAt: 1010, outcome: 'ok', digest: 'again' });
    history.stored.push({ id, key: 'a', partition: 0, offset: perKey, digest: 'again' });
    for (const subscription of ['one', 'two']) history.deliveries.push({ subscription, to: 'subscriber', id, startedAt: 1020, endedAt: 1030, accepted: true, digest: 'again' });
    for (const end of history.ending) if (end.partition === 0) end.committed = end.logEnd = perKey + 1;
  }, []],
  ['a byte is altered in the topic', (history) => void (at(history.stored, 5).digest = 'other'), ['K4']],
  ['a byte is altered on the way to a subscriber', (history) => void (at(history.deliveries, 5).digest = 'other'), ['K4']],
  ['two events of one key are stored the wrong way round', (history) => swap(at(history.stored, 3), at(history.stored, 4)), ['K5', 'K7']],
  ['two events of one key were sent at once: either may be first', (history) => {
    at(history.sends, 4).calledAt = at(history.sends, 3).calledAt;
    at(history.sends, 4).returnedAt = at(history.sends, 3).returnedAt;
  }, []],
  ['an event of a key is stored in another partition', (history) => {
    const moved = at(history.stored, 4);
    moved.partition = 1;
    moved.offset = perKey;
    for (const end of history.ending) if (end.partition === 1) end.committed = end.logEnd = perKey + 1;
  }, ['K5', 'K7', 'K8']],
  ['events of different keys come in another order', (history) => history.deliveries.reverse(), []],
  ['an event is never delivered', (history) => void history.deliveries.splice(8, 1), ['K6', 'K7']],
  ['the last event is never delivered', (history) => void history.deliveries.pop(), ['K6']],
  ['an event is refused, and that is all', (history) => void (at(history.deliveries, -1).accepted = false), ['K6']],
  ['the dead letter sink takes what the subscriber refuses', (history) => {
    const refused = at(history.deliveries, 6);
    refused.accepted = false;
    history.deliveries.push({ ...refused, to: 'dead-letter', accepted: true, startedAt: refused.endedAt + 1, endedAt: refused.endedAt + 2 });
  }, []],
  ['the dead letter sink gets an event twice', (history) => {
    const refused = at(history.deliveries, 6);
    refused.accepted = false;
    for (const later of [1, 3]) history.deliveries.push({ ...refused, to: 'dead-letter', accepted: true, startedAt: refused.endedAt + later, endedAt: refused.endedAt + later + 1 });
  }, ['K9']],
  ['an event comes before the one before it was accepted', (history) => {
    const early = at(history.deliveries, 8);
    early.startedAt = 311;
    early.endedAt = 318;
  }, ['K7']],
  ['two attempts of a partition are open at once', (history) => void (at(history.deliveries, 6).startedAt -= 95), ['K7', 'K8']],
  ['two attempts of one event are open at once', (history) => void history.deliveries.push({ ...at(history.deliveries, -1), startedAt: at(history.deliveries, -1).startedAt + 1 }), ['K8']],
  ['an event is delivered again after a kill', (history) => void history.deliveries.push({ ...at(history.deliveries, 1), startedAt: 2000, endedAt: 2010 }), []],
  ['one attempt too many', (history) => void history.deliveries.push({ ...at(history.deliveries, 0), startedAt: 2000, endedAt: 2010 }), ['K9']],
  ['an event comes again after its backoff', (history) => again(history, 100), []],
  ['an event comes again before its backoff is over', (history) => again(history, 90), ['K9']],
  ['an event comes for the third time before its second backoff is over', (history) => again(history, 100, 150), ['K9']],
  ['a lag is reported that is less than it was', (history) => void (at(history.lags, 0).reported = 1), ['K12']],
  ['no lag is reported at all', (history) => void (at(history.lags, 1).reported = NaN), ['K12']],
  ['a lag is reported though there was none', (history) => void (at(history.lags, 1).reported = 1), ['K12']],
  ['a commit is one too far', (history) => void (at(history.commits, 0).offset += 1), ['K6']],
  ['a commit goes back', (history) => void (at(history.logged, -1).offset = 4), ['K10']],
  ['a commit goes back between two looks', (history) => void history.logged.push({ ...at(history.logged, -1), offset: 4 }, at(history.logged, -1)), ['K10']],
  ['a broker that has just started tells of an earlier commit', (history) => void history.commits.push({ ...at(history.commits, -1), offset: 4 }, at(history.commits, -1)), []],
  ['the log of commits was not read', (history) => void (history.logged.length = 0), ['K10']],
  ['commits begin anew with a new topic', (history) => void history.logged.push({ ...at(history.logged, -1), offset: undefined }, { ...at(history.logged, -1), offset: 0 }), []],
  ['the last commit is missing after a clean end', (history) => void (at(history.ending, 0).committed -= 1), ['K11']],
  ['the log is cut in the middle', (history) => {
    history.deliveries.splice(20);
  }, ['K6']],
  ['the fault had no effect', (history) => void (history.effects = { 'connections cut': 0 }), ['K13']],
  ['nobody knows whether the fault had an effect', (history) => void (history.effects = {}), ['K13']],
  ['nothing was recorded at all', (history) => {
    for (const list of [history.sends, history.stored, history.deliveries, history.commits, history.logged, history.lags]) list.length = 0;
    history.ending = [];
  }, ['K13']],
  ['what was sent before the topic was deleted is gone', (history) => {
    history.lossAllowedBefore = 1000;
    history.stored.length = 0;
    history.ending = [];
  }, []],
  ['what was sent before the topic was deleted is gone with it, and was in it', (history) => {
    history.lossAllowedBefore = 1000;
    history.deleted = history.stored.splice(0);
    history.ending = [];
  }, []],
  ['what was acknowledged before the topic was deleted was never in it', (history) => {
    history.lossAllowedBefore = 1000;
    history.deleted = history.stored.splice(0).slice(1);
    history.ending = [];
  }, ['K1']],
  ['what was acknowledged after the topic was created again is in the deleted one', (history) => {
    history.lossAllowedBefore = 500;
    history.deleted = history.stored.splice(0);
    history.ending = [];
  }, ['K1']],
];

describe('the checkers decide', () => {
  test.each(mutations)('%s', (_what, mutate, noticed) => {
    const history = good();
    mutate(history);
    const { violations } = verdict(history);
    expect([...new Set(violations.map(({ check }) => check))].sort()).toEqual(noticed);
  });

  test('a good history: figures', () => {
    const { violations, ...figures } = verdict(good());
    expect([violations, figures]).toEqual([[], { sent: 20, acknowledged: 20, delivered: 20, lost: 0, duplicates: 0, inversions: 0 }]);
  });

  test('an event that is neither stored nor delivered is lost once', () => {
    const history = good();
    history.stored.pop();
    history.deliveries.splice(-2);
    expect(verdict(history)).toMatchObject({ sent: 20, acknowledged: 20, delivered: 19, lost: 1 });
  });

  test('what a subscriber accepts again is a duplicate, what it refuses before is not', () => {
    const history = good();
    history.deliveries.push({ ...at(history.deliveries, 1), startedAt: 2000, endedAt: 2010 }, { ...at(history.deliveries, 1), accepted: false, startedAt: 2020, endedAt: 2030 });
    expect(verdict(history).duplicates).toBe(1);
  });
});

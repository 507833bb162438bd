import { expect, test } from '@jest/globals';

import { TopicRetentions } from './topic-retentions.ts';

const orders = { namespace: 'shop', name: 'orders' };
const bills = { namespace: 'shop', name: 'bills' };

function shownBy(retentions: TopicRetentions): Record<string, number> {
  return Object.fromEntries(retentions.shown().map(({ channel, seconds }) => [channel.name, seconds]));
}

test('M3: a retention is shown for ten minutes after it was told last', () => {
  const clock = { now: 0 };
  const retentions = new TopicRetentions(() => clock.now);
  retentions.tell(orders, 60);
  retentions.tell(bills, 90);
  clock.now = 300_000;
  retentions.tell(orders, 120);
  clock.now = 600_000;
  expect(shownBy(retentions)).toEqual({ orders: 120, bills: 90 });
  clock.now += 1;
  expect(shownBy(retentions)).toEqual({ orders: 120 });
  clock.now = 900_001;
  expect(shownBy(retentions)).toEqual({});
});

test('M3: one that is for ever now is shown no more', () => {
  const retentions = new TopicRetentions(() => 0);
  retentions.tell(orders, 60);
  retentions.tell(bills, 90);
  retentions.tell(orders, undefined);
  expect(shownBy(retentions)).toEqual({ bills: 90 });
});

import { describe, expect, test } from '@jest/globals';
import { setImmediate } from 'node:timers/promises';

import type { GateOptions } from './gate.ts';
import { Gate } from './gate.ts';

function aGate(more: Partial<GateOptions> = {}): Gate {
  return new Gate({ places: 1000, mayEnter: () => true, ...more });
}

const never = new AbortController().signal;

async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let pending = true;
  void promise.then(() => (pending = false), () => (pending = false));
  await setImmediate();
  return pending;
}

describe('Gate', () => {
  test('lets in once it is open, and out again', async () => {
    const gate = aGate();
    const entering = gate.enter(never);
    expect(await isPending(entering)).toBe(true);
    gate.open();
    const pass = await entering;
    expect(gate.inside).toBe(1);
    pass.leave();
    pass.leave();
    expect(gate.inside).toBe(0);
  });

  test('P3, K8: lets nobody in while the session is over, though it is open', async () => {
    let alive = false;
    const gate = aGate({ mayEnter: () => alive });
    gate.open();
    const entering = gate.enter(never);
    expect(await isPending(entering)).toBe(true);
    gate.nudge();
    expect(await isPending(entering)).toBe(true);
    alive = true;
    gate.nudge();
    await entering;
  });

  test('is idle when what was inside has left or waits outside', async () => {
    const gate = aGate();
    gate.open();
    const pass = await gate.enter(never);
    const idle = gate.idle();
    expect(await isPending(idle)).toBe(true);
    gate.close();
    const wait = Promise.withResolvers<undefined>();
    const outside = pass.outside(() => wait.promise);
    await idle;
    wait.resolve(undefined);
    expect(await isPending(outside)).toBe(true);
    gate.open();
    await outside;
    expect(gate.inside).toBe(1);
  });

  test('turns away who is abandoned while waiting', async () => {
    const stop = new AbortController();
    const gate = aGate();
    const entering = gate.enter(stop.signal);
    stop.abort(new Error('revoked'));
    await expect(entering).rejects.toThrow('revoked');
    expect(gate.inside).toBe(0);
  });
});

describe('the places of a gate', () => {
  test('go to those who wait, in their order, as others leave or wait outside', async () => {
    const gate = aGate({ places: 2 });
    gate.open();
    const [first, second] = await Promise.all([gate.enter(never), gate.enter(never)]);
    const came: number[] = [];
    const later = [3, 4, 5].map(async (number) => {
      const pass = await gate.enter(never);
      came.push(number);
      return pass;
    });
    await setImmediate();
    expect([gate.inside, came]).toEqual([2, []]);
    second.leave();
    await setImmediate();
    expect([gate.inside, came]).toEqual([2, [3]]);
    const wait = Promise.withResolvers<undefined>();
    const outside = first.outside(() => wait.promise);
    await setImmediate();
    expect([gate.inside, came]).toEqual([2, [3, 4]]);
    wait.resolve(undefined);
    expect(await isPending(outside)).toBe(true);
    (await later[0])?.leave();
    await setImmediate();
    expect([gate.inside, came]).toEqual([2, [3, 4, 5]]);
    expect(await isPending(outside)).toBe(true);
    (await later[1])?.leave();
    await outside;
    expect(gate.inside).toBe(2);
  });

  test('are not taken by those who are abandoned, and idle is told when the last has left', async () => {
    const counts: number[] = [];
    const gate = aGate({ places: 1, counted: (inside) => counts.push(inside) });
    gate.open();
    const stop = new AbortController();
    const pass = await gate.enter(stop.signal);
    const abandoned = gate.enter(stop.signal);
    const next = gate.enter(never);
    stop.abort(new Error('revoked'));
    await expect(abandoned).rejects.toThrow('revoked');
    expect(await isPending(next)).toBe(true);
    pass.leave();
    (await next).leave();
    await gate.idle();
    expect(counts).toEqual([1, 0, 1, 0]);
  });
});

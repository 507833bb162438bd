import { describe, expect, test } from '@jest/globals';
import { setImmediate } from 'node:timers/promises';

import { passOf } from '../../test/support/gate.ts';
import { seeded } from '../../test/support/random.ts';
import type { GateOptions, Pass } from './gate.ts';
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
  test('lets in, and out again once', async () => {
    const gate = aGate();
    const pass = await passOf(gate, never);
    expect(gate.inside).toBe(1);
    pass.leave();
    pass.leave();
    expect(gate.inside).toBe(0);
  });

  test('P3, K8: lets nobody in while the session is over', async () => {
    let alive = false;
    const gate = aGate({ mayEnter: () => alive });
    const entering = passOf(gate, never);
    expect(await isPending(entering)).toBe(true);
    gate.nudge();
    expect(await isPending(entering)).toBe(true);
    alive = true;
    gate.nudge();
    await entering;
  });

  test('P3, K8: over 100 pauses longer than the session nobody is let in late, neither for a first attempt nor for a retry', async () => {
    const sessionMs = 10_000;
    const clock = { now: 0, lastSeen: 0 };
    const gate = aGate({ places: 2, mayEnter: () => clock.now - clock.lastSeen < sessionMs });
    const random = seeded(1);
    const late: number[] = [];
    let entered = 0;
    for (let pause = 0; pause < 100; pause += 1) {
      const retry = Promise.withResolvers<undefined>();
      const pass = await passOf(gate, never);
      const outside = pass.outside(() => retry.promise);
      clock.now += sessionMs + Math.floor(random() * 60_000);
      const starts = [outside, passOf(gate, never).then((other) => other.leave()), passOf(gate, never).then((other) => other.leave())].map((start) =>
        start.then(() => {
          entered += 1;
          if (clock.now - clock.lastSeen >= sessionMs) late.push(pause);
        }),
      );
      // What has piled up in a process that slept happens in any order: the wait is over, an old answer arrives, somebody comes.
      const awake = [() => retry.resolve(undefined), () => gate.nudge(), () => void passOf(gate, never).then((other) => other.leave())];
      for (const happens of awake.sort(() => random() - 0.5)) {
        happens();
        await setImmediate();
      }
      clock.lastSeen = clock.now;
      gate.nudge();
      await Promise.all(starts);
      pass.leave();
      await setImmediate();
      expect(gate.inside).toBe(0);
    }
    expect({ late, entered }).toEqual({ late: [], entered: 300 });
  });

  test('whoever waits outside is let in again only when it may', async () => {
    let alive = true;
    const gate = aGate({ mayEnter: () => alive });
    const pass = await passOf(gate, never);
    const wait = Promise.withResolvers<undefined>();
    const outside = pass.outside(() => wait.promise);
    expect(gate.inside).toBe(0);
    alive = false;
    wait.resolve(undefined);
    expect(await isPending(outside)).toBe(true);
    alive = true;
    gate.nudge();
    await outside;
    expect(gate.inside).toBe(1);
  });

  test('turns away who is abandoned while waiting', async () => {
    const stop = new AbortController();
    const gate = aGate({ mayEnter: () => false });
    const entering = passOf(gate, stop.signal);
    stop.abort(new Error('revoked'));
    await expect(entering).rejects.toThrow('revoked');
    expect(gate.inside).toBe(0);
  });
});

describe('the places of a gate', () => {
  test('go to those who wait, in their order, as others leave or wait outside', async () => {
    const gate = aGate({ places: 2 });
    const [first, second] = await Promise.all([passOf(gate, never), passOf(gate, never)]);
    const came: number[] = [];
    const later = [3, 4, 5].map(async (number) => {
      const pass = await passOf(gate, never);
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

  test('are not taken by those who are abandoned, and are free again in the end', async () => {
    const counts: number[] = [];
    const gate = aGate({ places: 1, counted: (inside) => counts.push(inside) });
    const stop = new AbortController();
    const pass = await passOf(gate, stop.signal);
    const abandoned = passOf(gate, stop.signal);
    const next = passOf(gate, never);
    stop.abort(new Error('revoked'));
    await expect(abandoned).rejects.toThrow('revoked');
    expect(await isPending(next)).toBe(true);
    pass.leave();
    (await next).leave();
    expect(counts).toEqual([1, 0, 1, 0]);
  });

  test('are not kept by who is let in and abandoned in the same moment', async () => {
    const gate = aGate({ places: 1 });
    const abandoned = new AbortController();
    const returning = gate.enterNow(abandoned.signal)?.outside(() => Promise.resolve());
    const other = gate.enterNow(never);
    await setImmediate();
    other?.leave();
    abandoned.abort(new Error('abandoned'));
    await expect(returning).rejects.toThrow('abandoned');
    expect(gate.inside).toBe(0);
  });

  test('are as many aside, for those who hold what others inside wait for', async () => {
    const counts: number[] = [];
    let alive = true;
    const gate = aGate({ places: 1, mayEnter: () => alive, counted: (inside) => counts.push(inside) });
    const pass = await passOf(gate, never);
    pass.returnAside();
    const retry = Promise.withResolvers<undefined>();
    const outside = pass.outside(() => retry.promise);
    const waiting = await passOf(gate, never);
    alive = false;
    retry.resolve(undefined);
    expect(await isPending(outside)).toBe(true);
    alive = true;
    gate.nudge();
    await outside;
    expect(gate.inside).toBe(2);
    pass.leave();
    waiting.leave();
    expect(counts).toEqual([1, 0, 1, 2, 1, 0]);
  });

  test('are given in turn to those who wait without a promise, once, and never when their signal is aborted', () => {
    const gate = aGate({ places: 1 });
    const stop = new AbortController();
    const seen: [string, boolean][] = [];
    const passes: Pass[] = [];
    const enter = (name: string, signal = never): void =>
      gate.enterInTurn(signal, (pass) => {
        seen.push([name, pass !== undefined]);
        if (pass) passes.push(pass);
      });
    enter('first');
    enter('second', stop.signal);
    enter('third');
    expect(seen).toEqual([['first', true]]);
    stop.abort(new Error('revoked'));
    enter('fourth', stop.signal);
    passes[0]?.leave();
    expect([seen, gate.inside]).toEqual([[['first', true], ['second', false], ['fourth', false], ['third', true]], 1]);
  });
});

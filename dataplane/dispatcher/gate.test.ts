import { describe, expect, test } from '@jest/globals';
import { setImmediate } from 'node:timers/promises';

import { Gate } from './gate.ts';

const never = new AbortController().signal;

async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let pending = true;
  void promise.then(() => (pending = false), () => (pending = false));
  await setImmediate();
  return pending;
}

describe('Gate', () => {
  test('lets in once it is open, and out again', async () => {
    const gate = new Gate(() => true);
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
    const gate = new Gate(() => alive);
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
    const gate = new Gate(() => true);
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
    const gate = new Gate(() => true);
    const entering = gate.enter(stop.signal);
    stop.abort(new Error('revoked'));
    await expect(entering).rejects.toThrow('revoked');
    expect(gate.inside).toBe(0);
  });
});

import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import { setTimeout as delay } from 'node:timers/promises';

import { eventually } from '../../test/support/eventually.ts';
import { scriptedTopic, ScriptedCoordinator } from '../../test/support/scripted-coordinator.ts';
import { stayInGroup } from '../kafka/group-member.ts';
import { passOf } from '../../test/support/gate.ts';
import { Gate } from './gate.ts';

const sessionMs = 40;
const pauses = 100;
const never = new AbortController().signal;

/** Answers heartbeats after a while, so that a pause begins with one under way as often as not. */
class SlowCoordinator extends ScriptedCoordinator {
  /** When the last request left that may have been answered. */
  sentAt = performance.now();

  override async sync(): Promise<Buffer> {
    this.sentAt = performance.now();
    return await super.sync();
  }

  override async heartbeat(): Promise<void> {
    this.sentAt = performance.now();
    await delay(4);
  }
}

/** Stops everything in this process, as SIGSTOP or a blocked event loop does. */
function pauseProcess(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

test('P3, K8: a real member and its gate, paused a hundred times for longer than its session: no attempt is let in before the coordinator has answered anew', async () => {
  const coordinator = new SlowCoordinator([0]);
  const late: number[] = [];
  let [entered, refused] = [0, 0];
  const gate = new Gate({
    places: 1000,
    mayEnter: () => {
      const sinceMs = performance.now() - coordinator.sentAt;
      const { isAlive } = member;
      if (isAlive && sinceMs >= sessionMs) late.push(sinceMs);
      if (!isAlive) refused += 1;
      return isAlive;
    },
  });
  await using left = new AsyncDisposableStack();
  const member = stayInGroup({ group: 'g', topic: scriptedTopic, log: pino({ level: 'silent' }) }, {
    revoked: () => Promise.resolve(),
    assigned: () => gate.nudge(),
    alive: () => gate.nudge(),
  }, coordinator, { sessionMs, heartbeatMs: 7, rebalanceMs: 60_000 });
  const attempt = async (): Promise<void> => {
    const pass = await passOf(gate, never);
    entered += 1;
    pass.leave();
  };
  left.defer(() => member.leave());
  await eventually('it is in the group', () => member.isAlive);
  for (let pause = 0; pause < pauses; pause += 1) {
    // At another moment between two heartbeats each time.
    await delay(pause % 8);
    const pass = await passOf(gate, never);
    const retry = pass.outside(() => delay(sessionMs / 2)).then(() => pass.leave());
    pauseProcess(sessionMs + (pause % 5));
    const refusedBefore = refused;
    await Promise.all([attempt(), delay(0).then(attempt), retry]);
    expect(refused).toBeGreaterThan(refusedBefore);
  }
  expect({ late, entered }).toEqual({ late: [], entered: 2 * pauses });
}, 60_000);

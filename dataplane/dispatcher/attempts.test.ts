import { expect, test } from '@jest/globals';

import { send } from './attempts.ts';
import type { AttemptEnd } from './delivery-log.ts';
import { Gate } from './gate.ts';
import type { HttpRequest, Outcome } from './http/http-client.ts';
import { NotBegun } from './not-begun.ts';
import { Tries, untried } from './tries.ts';

const never = new AbortController().signal;
const answered: Outcome = { kind: 'answered', status: 200, rawHeaders: [], body: Buffer.alloc(0), truncated: false };

test('P3, K8: what could not be sent before the session ended is no attempt, and is sent when there is a session again', async () => {
  let isAlive = true;
  const gate = new Gate({ places: 1, mayEnter: () => isAlive });
  const pass = gate.enterNow(never);
  if (!pass) throw new Error('no place');
  const tries = new Tries(7, { starting: never, tried: () => untried, changed: () => undefined }, { now: () => 0, waitFor: () => Promise.resolve() });
  const request: HttpRequest = { url: 'http://subscriber/', headers: [], body: undefined, timeoutMs: 1000, bodyLimit: 0, permit: pass, signal: never };
  const seen: string[] = [];
  const post = (): Promise<Outcome> => {
    seen.push(`post, ${gate.inside} inside`);
    if (seen.length > 1) return Promise.resolve(answered);
    isAlive = false;
    return Promise.reject(new NotBegun());
  };
  const nothing = (): void => undefined;
  const sending = send({ destination: 'subscriber', request, policy: { retry: 0, backoffPolicy: 'linear', backoffDelayMs: 1 } }, { pass, tries, signal: never }, {
    client: { post, close: () => undefined }, random: () => 0, attempted: nothing, retrying: nothing, cut: nothing,
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect([seen, gate.inside]).toEqual([['post, 1 inside'], 0]);
  isAlive = true;
  gate.nudge();
  const sent = await sending;
  expect([sent.accepted, sent.end satisfies AttemptEnd, seen]).toEqual([true, expect.objectContaining({ attempt: 1 }), ['post, 1 inside', 'post, 1 inside']]);
});

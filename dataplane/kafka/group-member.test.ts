import { afterEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { setTimeout as delay } from 'node:timers/promises';

import { eventually } from '../../test/support/eventually.ts';
import { heldBytes } from '../../test/support/held-memory.ts';
import { kafkaError, scriptedTopic as topic, ScriptedCoordinator } from '../../test/support/scripted-coordinator.ts';
import type { GroupMember } from './group-member.ts';
import { stayInGroup } from './group-member.ts';

const members: GroupMember[] = [];
afterEach(async () => {
  for (const member of members.splice(0)) await member.leave();
});

const timing = { sessionMs: 500, heartbeatMs: 5, rebalanceMs: 60_000 };
/** A session that no busy machine lets end. */
const patient = { ...timing, sessionMs: 60_000 };

/** More than any test asks for. */
function endlessly(code: string): Error[] {
  return Array.from({ length: 10_000 }, () => kafkaError(code));
}

/** `letGo`: what it waits for before it has let go of a partition. */
function join(coordinator: ScriptedCoordinator, of = timing, letGo: Promise<unknown> = Promise.resolve()): { member: GroupMember; told: [string, readonly number[], boolean?][] } {
  const told: [string, readonly number[], boolean?][] = [];
  const log = pino({ level: 'silent' });
  const member = stayInGroup({ group: 'g', topic, log }, {
    revoked: async (partitions) => {
      told.push(['revoked', partitions]);
      await letGo;
      await member.commit(new Map());
    },
    assigned: (partitions, continued) => void told.push(['assigned', partitions, continued]),
    alive: () => undefined,
  }, coordinator, of);
  members.push(member);
  return { member, told };
}

async function joins(coordinator: ScriptedCoordinator, count: number): Promise<void> {
  await eventually(`${count} joins`, () => coordinator.joins.length >= count, 5000, () => coordinator.joins);
}

describe('a member', () => {
  test('is told once of what it was given', async () => {
    const coordinator = new ScriptedCoordinator([0, 1]);
    const { member, told } = join(coordinator, patient);
    expect(member.isAlive).toBe(false);
    await eventually('it is told', () => told.length > 0);
    expect([told, member.isAlive]).toEqual([[['assigned', [0, 1], false]], true]);
  });

  test('joins with the id that the coordinator has given it', async () => {
    const coordinator = new ScriptedCoordinator([0]);
    coordinator.joinErrors = [kafkaError('MEMBER_ID_REQUIRED', { memberId: 'given' })];
    join(coordinator);
    await joins(coordinator, 1);
    expect(coordinator.joins[0]?.memberId).toBe('given');
  });

  test('goes on with what it keeps, lets go of the rest, commits that as a member, and joins again for it to be shared', async () => {
    const coordinator = new ScriptedCoordinator([0, 1, 2, 3], [0, 1], [0, 1]);
    const { told } = join(coordinator);
    await joins(coordinator, 1);
    coordinator.heartbeatErrors = [kafkaError('REBALANCE_IN_PROGRESS')];
    await joins(coordinator, 3);
    expect(told).toEqual([['assigned', [0, 1, 2, 3], false], ['revoked', [2, 3]], ['assigned', [0, 1], true]]);
    expect(coordinator.joins).toEqual([{ memberId: '', owned: [] }, { memberId: 'm1', owned: [0, 1, 2, 3] }, { memberId: 'm1', owned: [0, 1] }]);
    expect(coordinator.commits).toEqual([2]);
  });

  test('P8: joins again only when it has let go, and is in the group until then', async () => {
    const coordinator = new ScriptedCoordinator([0, 1], [0]);
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const { member, told } = join(coordinator, patient, promise);
    await joins(coordinator, 1);
    coordinator.heartbeatErrors = [kafkaError('REBALANCE_IN_PROGRESS')];
    await eventually('it is to let go', () => told.length > 1);
    const before = coordinator.heartbeats;
    await eventually('it is heard of', () => coordinator.heartbeats > before + 2);
    expect([member.isAlive, coordinator.joins.length, told.length]).toEqual([true, 2, 2]);
    resolve(undefined);
    await joins(coordinator, 3);
    expect(coordinator.commits).toEqual([2]);
  });

  test('K8: is alive while the others take longer than a session to join', async () => {
    const coordinator = new ScriptedCoordinator([0]);
    const { member, told } = join(coordinator);
    await eventually('it is in', () => member.isAlive);
    const { promise: others, resolve } = Promise.withResolvers<undefined>();
    coordinator.others = others;
    coordinator.heartbeatErrors = endlessly('REBALANCE_IN_PROGRESS');
    await joins(coordinator, 2);
    await delay(2 * timing.sessionMs);
    await eventually('it is alive', () => member.isAlive);
    resolve(undefined);
    await eventually('it has joined', () => coordinator.joins.length > 2);
    expect(told).toHaveLength(1);
  });

  test('K8: is not alive any more when the others may have gone on without it', async () => {
    const coordinator = new ScriptedCoordinator([0]);
    const { member } = join(coordinator, { sessionMs: 60_000, heartbeatMs: 5, rebalanceMs: 200 });
    await eventually('it is in', () => member.isAlive);
    coordinator.others = new Promise(() => undefined);
    coordinator.heartbeatErrors = endlessly('REBALANCE_IN_PROGRESS');
    await joins(coordinator, 2);
    await eventually('it is not', () => !member.isAlive);
  });

  test('K8: gives up everything when the coordinator does not know it, though it waits for the others to join', async () => {
    const coordinator = new ScriptedCoordinator([0]);
    const { member, told } = join(coordinator);
    await eventually('it is in', () => member.isAlive);
    coordinator.others = new Promise(() => undefined);
    coordinator.heartbeatErrors = [kafkaError('REBALANCE_IN_PROGRESS'), kafkaError('UNKNOWN_MEMBER_ID')];
    await eventually('it is told', () => told.length > 1);
    expect([told.at(-1), member.isAlive]).toEqual([['assigned', [], false], false]);
  });

  test('P8: keeps what it has when its generation is over before the next one is told it', async () => {
    const coordinator = new ScriptedCoordinator([0]);
    const { member, told } = join(coordinator, patient);
    await eventually('it is in', () => member.isAlive);
    const { promise: others, resolve } = Promise.withResolvers<undefined>();
    coordinator.others = others;
    const answers = [kafkaError('REBALANCE_IN_PROGRESS'), kafkaError('ILLEGAL_GENERATION')];
    coordinator.heartbeatErrors = answers;
    await joins(coordinator, 2);
    await eventually('it is told', () => answers.length === 0);
    resolve(undefined);
    coordinator.heartbeats = 0;
    await eventually('it has joined', () => coordinator.heartbeats > 0);
    expect([told, member.isAlive]).toEqual([[['assigned', [0], false]], true]);
  });

  test('is given more without a pause of what it has', async () => {
    const coordinator = new ScriptedCoordinator([0], [0, 3]);
    const { told } = join(coordinator);
    await joins(coordinator, 1);
    coordinator.heartbeatErrors = [kafkaError('REBALANCE_IN_PROGRESS')];
    await eventually('it is told', () => told.length === 2);
    expect(told[1]).toEqual(['assigned', [0, 3], true]);
  });

  test.each(['NOT_COORDINATOR', 'COORDINATOR_LOAD_IN_PROGRESS', 'COORDINATOR_NOT_AVAILABLE', 'nobody answered'])('B4: %s costs no rebalance', async (code) => {
    const coordinator = new ScriptedCoordinator([0, 1]);
    const { member, told } = join(coordinator);
    await joins(coordinator, 1);
    const troubles = Array.from({ length: 5 }, () => (code.includes(' ') ? new Error(code) : kafkaError(code)));
    coordinator.heartbeatErrors = troubles;
    await eventually('it is over', () => troubles.length === 0);
    await eventually('it is alive', () => member.isAlive);
    expect([told.length, coordinator.joins.length]).toEqual([1, 1]);
  });

  test('K8: is not alive where its share took longer than a session to come, until it is heard of again', async () => {
    const coordinator = new ScriptedCoordinator([0]);
    coordinator.dealt = delay(200);
    const { member, told } = join(coordinator, { ...timing, sessionMs: 100, heartbeatMs: 60_000 });
    await eventually('it is told', () => told.length > 0);
    expect(member.isAlive).toBe(false);
  });

  test('K8: is not alive when nothing was heard of the coordinator for as long as a session', async () => {
    const coordinator = new ScriptedCoordinator([0]);
    const { member } = join(coordinator);
    await joins(coordinator, 1);
    coordinator.heartbeatErrors = Array.from({ length: 1000 }, () => new Error('nobody answered'));
    await eventually('it is not', () => !member.isAlive);
    coordinator.heartbeatErrors = [];
    await eventually('it is again', () => member.isAlive);
    expect(coordinator.joins).toHaveLength(1);
  });

  test.each([['UNKNOWN_MEMBER_ID', ''], ['ILLEGAL_GENERATION', 'm1']])('G3: after %s it gives up everything at once, claims nothing, and joins as "%s"', async (code, as) => {
    const coordinator = new ScriptedCoordinator([0, 1]);
    const { told } = join(coordinator);
    await joins(coordinator, 1);
    coordinator.heartbeatErrors = [kafkaError(code)];
    await eventually('it has joined again', () => told.length === 3);
    expect(told.slice(1)).toEqual([['assigned', [], false], ['assigned', [0, 1], false]]);
    expect(coordinator.joins[1]).toEqual({ memberId: as, owned: [] });
  });

  test('is spare once it has had none of the partitions for as long as a session, and no longer when it is given one', async () => {
    const coordinator = new ScriptedCoordinator([], [0]);
    const { member, told } = join(coordinator);
    await eventually('it is spare', () => member.isSpare);
    coordinator.heartbeatErrors = [kafkaError('REBALANCE_IN_PROGRESS')];
    await eventually('it is told', () => told.length > 0);
    expect([told, member.isSpare]).toEqual([[['assigned', [0], true]], false]);
  });

  test('is not spare while others may still have to let go of what it is to have', async () => {
    const { member } = join(new ScriptedCoordinator([]), patient);
    await eventually('it is in', () => member.isAlive);
    expect(member.isSpare).toBe(false);
  });

  test('is not spare where there is no such topic', async () => {
    const coordinator = new ScriptedCoordinator([]);
    coordinator.partitions = 0;
    const { member } = join(coordinator);
    await joins(coordinator, 1);
    await delay(timing.sessionMs + 50);
    await eventually('it is alive', () => member.isAlive);
    expect(member.isSpare).toBe(false);
  });

  test('keeps nothing of heartbeats that are over, however long a generation lasts', async () => {
    const coordinator = new ScriptedCoordinator([0]);
    join(coordinator, { ...timing, sessionMs: 60_000, heartbeatMs: 1 });
    const heldAfter = async (beats: number): Promise<number> => {
      await eventually(`${beats} heartbeats`, () => coordinator.heartbeats >= beats, 20_000, () => coordinator.heartbeats);
      return heldBytes();
    };
    const before = await heldAfter(200);
    expect(await heldAfter(3200) - before).toBeLessThan(700_000);
  }, 60_000);

  test('tries to join until it can', async () => {
    const coordinator = new ScriptedCoordinator([0]);
    coordinator.joinErrors = [new Error('nobody answered'), kafkaError('NOT_COORDINATOR'), kafkaError('REBALANCE_IN_PROGRESS')];
    const { told } = join(coordinator);
    await eventually('it is in', () => told.length === 1);
  });

  test('joins again when the topic has other partitions than when they were shared', async () => {
    const coordinator = new ScriptedCoordinator([0], [0, 4]);
    const { member } = join(coordinator);
    await eventually('it is in', () => member.isAlive);
    member.partitionsSeen(4);
    coordinator.partitions = 5;
    member.partitionsSeen(5);
    await joins(coordinator, 2);
  });

  test('commits as who it is, and not at all when it is nobody', async () => {
    const coordinator = new ScriptedCoordinator([0]);
    const { member } = join(coordinator);
    await expect(member.commit(new Map())).rejects.toThrow('not a member of the group now');
    await eventually('it is in', () => member.isAlive);
    await member.commit(new Map());
    expect(coordinator.commits).toEqual([1]);
  });

  test.each<{ name: string; answer: Error | undefined }>([
    { name: 'told to join with its id', answer: kafkaError('MEMBER_ID_REQUIRED', { memberId: 'm1' }) },
    { name: 'let in', answer: undefined },
  ])('that leaves before it is $name leaves by that id: the group would wait for it until its session is over', async ({ answer }) => {
    const coordinator = new ScriptedCoordinator([0]);
    const answered = Promise.withResolvers<undefined>();
    coordinator.others = answered.promise;
    const { member } = join(coordinator);
    await joins(coordinator, 1);
    const leaving = member.leave();
    if (answer) answered.reject(answer);
    else answered.resolve(undefined);
    await leaving;
    expect([coordinator.left, coordinator.joins.length]).toEqual(['m1', 1]);
  });

  test('that leaves while nobody answers it does not wait for long', async () => {
    const coordinator = new ScriptedCoordinator([0]);
    coordinator.others = new Promise(() => undefined);
    const { member } = join(coordinator);
    await joins(coordinator, 1);
    await member.leave();
    expect(coordinator.left).toBeUndefined();
  });

  test('leaves by name, is not alive then, and joins no more', async () => {
    const coordinator = new ScriptedCoordinator([0]);
    const { member } = join(coordinator);
    await eventually('it is in', () => member.isAlive);
    await member.leave();
    expect([coordinator.left, member.isAlive]).toEqual(['m1', false]);
  });

  test.each([
    { what: 'where the coordinator has moved', errors: [kafkaError('NOT_COORDINATOR'), new Error('nobody answered')], left: 'm1' },
    { what: 'but once where the group does not know it any more', errors: [kafkaError('UNKNOWN_MEMBER_ID')], left: undefined },
  ])('G6: says again that it leaves $what', async ({ errors, left }) => {
    const coordinator = new ScriptedCoordinator([0]);
    const { member } = join(coordinator);
    await eventually('it is in', () => member.isAlive);
    coordinator.leaveErrors = errors;
    await member.leave();
    expect([coordinator.left, coordinator.leaveErrors]).toEqual([left, []]);
  });
});

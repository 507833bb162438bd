import { setTimeout as delay } from 'node:timers/promises';

import { formatDispatcherFile } from '../../../contract/dispatcher-file.ts';
import { aSubscription } from '../../support/dispatcher-file.ts';
import type { Scenario } from '../scenario.ts';

/** Longer than a member may be silent before others take its partitions. */
const beyondSessionMs = 13_000;

/** Rows P: our own processes. */
export const processScenarios: readonly Scenario[] = [
  {
    name: 'receiver-killed',
    row: 'P2',
    about: 'one of two receivers gets SIGKILL and is started again',
    fault: async (stage) => {
      stage.receiver(0).signal('SIGKILL');
      await stage.receiver(0).stop();
      stage.felt('receivers killed', 1);
      await stage.last();
      await stage.startReceiver(0);
    },
  },
  {
    name: 'receivers-killed-together',
    row: 'P2',
    about: 'both receivers get SIGKILL at once and are started again',
    fault: async (stage) => {
      for (const receiver of stage.receivers) receiver.signal('SIGKILL');
      await Promise.all(stage.receivers.map((receiver) => receiver.stop()));
      stage.felt('receivers killed', stage.receivers.length);
      await stage.last(0.3);
      await Promise.all(stage.receivers.map((_receiver, index) => stage.startReceiver(index)));
    },
  },
  {
    name: 'receivers-restarted',
    row: 'P1',
    about: 'receivers get SIGTERM and are started again, one after the other',
    fault: async (stage) => {
      for (const [index, receiver] of stage.receivers.entries()) {
        stage.felt('receivers that ended well', (await receiver.stop()) === 0 ? 1 : 0);
        await stage.last(0.3);
        await stage.startReceiver(index);
      }
    },
  },
  {
    name: 'receiver-paused',
    row: 'P3',
    about: 'a receiver is stopped in its tracks (SIGSTOP) and goes on later',
    fault: async (stage) => {
      stage.receiver(0).signal('SIGSTOP');
      const before = stage.senders.log.length;
      await stage.last();
      stage.felt('senders held up', stage.senders.log.length - before < 1000 ? 1 : 0);
      stage.receiver(0).signal('SIGCONT');
    },
  },
  {
    name: 'dispatcher-killed',
    row: 'P2',
    about: 'one of two dispatchers gets SIGKILL and is started again',
    duplicates: 'in flight when killed',
    recoverWithin: 20,
    fault: async (stage) => {
      stage.kills += 1;
      stage.felt('dispatchers killed', (await stage.dispatcher(0).end('SIGKILL')) === null ? 1 : 0);
      await stage.last();
      await stage.dispatcher(0).restart();
    },
  },
  {
    name: 'dispatchers-killed-together',
    row: 'P2',
    about: 'all dispatchers get SIGKILL at once and are started again',
    duplicates: 'in flight when killed',
    recoverWithin: 20,
    fault: async (stage) => {
      stage.kills += stage.dispatchers.length;
      const codes = await Promise.all(stage.dispatchers.map((one) => one.end('SIGKILL')));
      stage.felt('dispatchers killed', codes.filter((code) => code === null).length);
      await stage.last(0.3);
      await Promise.all(stage.dispatchers.map((one) => one.restart()));
    },
  },
  {
    name: 'dispatchers-restarted',
    row: 'P1',
    about: 'dispatchers get SIGTERM and are started again, one after the other',
    duplicates: 'none',
    allAccepted: true,
    fault: async (stage) => {
      for (const dispatcher of stage.dispatchers) {
        stage.felt('dispatchers that ended well', (await dispatcher.end('SIGTERM')) === 0 ? 1 : 0);
        await stage.last(0.3);
        await dispatcher.restart();
        await delay(1000);
      }
    },
  },
  {
    name: 'dispatchers-scaled',
    row: 'P1',
    about: 'of two dispatchers one goes; it becomes three, which share twelve partitions, and one again',
    setting: { partitions: 12, keyedSenders: 12 },
    duplicates: 'none',
    allAccepted: true,
    fault: async (stage) => {
      await stage.removeDispatcher(0);
      await stage.sharedEvenly(30);
      await stage.addDispatcher();
      await stage.addDispatcher();
      await stage.sharedEvenly(30);
      stage.felt('dispatchers that share evenly', 3);
      await stage.last(0.5);
      await stage.removeDispatcher(0);
      await stage.removeDispatcher(0);
      await stage.sharedEvenly(30);
    },
  },
  {
    name: 'rebalance-storm',
    row: 'G1',
    about: 'a third dispatcher comes and goes again and again',
    duplicates: 'none',
    fault: async (stage) => {
      for (let i = 0; i < 3; i += 1) {
        const before = stage.rebalances;
        await stage.addDispatcher();
        await stage.sharedEvenly(30);
        await stage.last(0.2);
        stage.felt('rebalances', stage.rebalances - before);
        await stage.removeDispatcher(stage.dispatchers.length - 1);
      }
    },
  },
  {
    name: 'dispatcher-asleep',
    row: 'P3',
    about: 'a dispatcher is stopped in its tracks (SIGSTOP) for longer than its session, and goes on as if nothing had been',
    fault: async (stage) => {
      const sleeper = stage.dispatcher(0);
      const before = stage.dispatcher(1).said('partitions assigned').length;
      process.kill(sleeper.pid, 'SIGSTOP');
      await delay(beyondSessionMs);
      stage.felt('partitions taken over', stage.dispatcher(1).said('partitions assigned').length - before);
      process.kill(sleeper.pid, 'SIGCONT');
    },
  },
  {
    name: 'dispatcher-blocked',
    row: 'P4',
    about: 'a dispatcher does nothing for 30 s (SIGSTOP), as one whose event loop is blocked: it says that it is alive as soon as it goes on',
    fault: async (stage) => {
      const blocked = stage.dispatcher(0);
      const before = stage.dispatcher(1).said('partitions assigned').length;
      process.kill(blocked.pid, 'SIGSTOP');
      await delay(30_000);
      stage.felt('partitions taken over', stage.dispatcher(1).said('partitions assigned').length - before);
      process.kill(blocked.pid, 'SIGCONT');
      stage.felt('liveness', (await fetch(`${blocked.url}/healthz`)).ok ? 1 : 0);
    },
  },
  {
    name: 'dispatcher-naps',
    row: 'P4',
    about: 'a dispatcher is stopped in its tracks (SIGSTOP) for less than its session, twice',
    duplicates: 'none',
    fault: async (stage) => {
      for (let i = 0; i < 2; i += 1) {
        const { pid } = stage.dispatcher(i);
        const before = stage.sink.attempts.length;
        process.kill(pid, 'SIGSTOP');
        await delay(4000);
        process.kill(pid, 'SIGCONT');
        stage.felt('dispatchers held up', stage.sink.attempts.length > before ? 1 : 0);
        await delay(1500);
      }
    },
  },
  {
    name: 'dispatcher-file-garbage',
    row: 'P8',
    about: 'the dispatcher file is replaced thirty times by garbage, emptiness and itself',
    duplicates: 'none',
    fault: async (stage) => {
      const before = stage.rebalances;
      for (let i = 0; i < 30; i += 1) {
        for (const one of stage.dispatchers) await one.put(['', '{"channel":', '[]', formatDispatcherFile(stage.file)][i % 4] ?? '');
        await delay(100);
      }
      for (const one of stage.dispatchers) await one.put(stage.file);
      await stage.last(0.3);
      stage.felt('refusals of a bad file', stage.dispatchers.flatMap(({ lines }) => lines).filter(({ msg }) => msg.includes('keeping the last good one')).length);
      stage.felt('groups that were left alone', stage.rebalances === before ? 1 : 0);
    },
  },
  {
    name: 'subscriptions-come-and-go',
    row: 'G10',
    about: 'another subscription is added, changed and removed beside the others, again and again',
    duplicates: 'none',
    allAccepted: true,
    fault: async (stage) => {
      const rebalanced = (): number => stage.dispatchers.flatMap(({ lines }) => lines).filter(({ msg, subscriptionUid }) => msg === 'partitions assigned' && subscriptionUid !== 'passing').length;
      const before = rebalanced();
      const passing = aSubscription('passing', { subscriberUri: stage.sink.url('passing') });
      for (let i = 0; i < 3; i += 1) {
        for (const more of [[passing], [{ ...passing, subscriberUri: stage.sink.url('passing-elsewhere') }], []]) {
          for (const one of stage.dispatchers) await one.put({ ...stage.file, subscriptions: [...stage.file.subscriptions, ...more] });
          await stage.last(0.2);
        }
      }
      stage.felt('deliveries to the passing one', stage.sink.attempts.filter(({ subscription }) => subscription.startsWith('passing')).length);
      stage.felt('groups that were left alone', rebalanced() === before ? 1 : 0);
    },
  },
];

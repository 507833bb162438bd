import { eventually } from '../../support/eventually.ts';
import type { ProxyFault } from '../../support/fault-proxy.ts';
import type { NameAnswer } from '../../support/names-from-file.ts';
import type { Role } from '../chaos-cluster.ts';
import type { Scenario, Setting } from '../scenario.ts';
import type { Stage } from '../stage.ts';

/** Sets a fault on the proxies of a role for as long as it lasts. */
async function during(stage: Stage, roles: readonly Role[], fault: ProxyFault): Promise<void> {
  const proxies = roles.flatMap((role) => stage.cluster.proxies(role));
  const felt = (): number => proxies.reduce((sum, proxy) => sum + proxy.felt, 0);
  const before = felt();
  for (const proxy of proxies) proxy.set(fault);
  await stage.last();
  for (const proxy of proxies) proxy.set(undefined);
  stage.felt(fault.kind, felt() - before);
}

/** Something new in each of twelve partitions, all the time. */
const everyPartition: Partial<Setting> = { partitions: 12, keyedSenders: 4, keylessSenders: 12 };
const both: readonly Role[] = ['receiver', 'dispatcher'];

/** Rows N: the way between our processes and the brokers. */
export const networkScenarios: readonly Scenario[] = [
  {
    name: 'connections-cut',
    row: 'N3',
    about: 'every connection to a broker is reset again and again',
    fault: async (stage) => {
      for (let i = 0; i < 5; i += 1) {
        for (const role of both) for (const proxy of stage.cluster.proxies(role)) stage.felt('connections reset', proxy.cut());
        await stage.last(0.2);
      }
    },
  },
  {
    name: 'dispatchers-connections-silent',
    row: 'N1',
    about: 'every connection between dispatchers and brokers falls silent for ever, with no reset; new ones work: each of twelve partitions is delivered again',
    setting: everyPartition,
    recoverWithin: 90,
    fault: async (stage) => {
      for (const proxy of stage.cluster.proxies('dispatcher')) stage.felt('connections that fell silent', proxy.silence());
      await stage.everyPartitionMoves(90);
      stage.felt('partitions that are delivered again', stage.setting.partitions);
    },
  },
  {
    name: 'one-broker-silent-to-dispatchers',
    row: 'N1',
    about: 'the connections between dispatchers and one broker fall silent for ever, with no reset: each of twelve partitions is delivered again',
    setting: everyPartition,
    recoverWithin: 90,
    fault: async (stage) => {
      stage.felt('connections that fell silent', stage.cluster.proxy('dispatcher', await stage.leader()).silence());
      await stage.everyPartitionMoves(90);
      stage.felt('partitions that are delivered again', stage.setting.partitions);
    },
  },
  {
    name: 'receivers-connections-silent',
    row: 'N1',
    about: 'every connection between receivers and brokers falls silent for ever, with no reset; new ones work',
    recoverWithin: 90,
    fault: async (stage) => {
      for (const proxy of stage.cluster.proxies('receiver')) stage.felt('connections that fell silent', proxy.silence());
      await stage.last();
    },
  },
  {
    name: 'network-frozen',
    row: 'N1',
    about: 'nothing passes between our processes and the brokers for a while, and then everything does',
    fault: (stage) => during(stage, both, { kind: 'freeze' }),
  },
  {
    name: 'acknowledgements-lost',
    row: 'N2',
    about: 'a fifth of the brokers\' answers to the receivers is lost, and the connection with it: nothing is stored twice',
    fault: (stage) => during(stage, ['receiver'], { kind: 'lose-answers', share: 0.2 }),
  },
  {
    name: 'dispatchers-answers-lost',
    row: 'N2',
    about: 'a fifth of the brokers\' answers to the dispatchers is lost, and the connection with it',
    fault: (stage) => during(stage, ['dispatcher'], { kind: 'lose-answers', share: 0.2 }),
  },
  {
    name: 'short-lived-connections',
    row: 'N3',
    about: 'every connection to a broker is cut after 20 KB of answers',
    fault: (stage) => during(stage, both, { kind: 'cut-after', bytes: 20_000 }),
  },
  {
    name: 'slow-network',
    row: 'N4',
    about: 'every piece of data takes 100 ms more each way',
    fault: (stage) => during(stage, both, { kind: 'delay', ms: 100 }),
  },
  {
    name: 'narrow-network',
    row: 'N4',
    about: 'every connection has 3 Mbit/s',
    fault: (stage) => during(stage, both, { kind: 'bandwidth', bytesPerSecond: 375_000 }),
  },
  {
    name: 'fragmented-answers',
    row: 'N6',
    about: 'answers of brokers come in pieces of seven bytes',
    fault: (stage) => during(stage, both, { kind: 'fragment', bytes: 7 }),
  },
  {
    name: 'bits-flipped',
    row: 'N7',
    about: 'one bit is wrong in a tenth of the large answers to the dispatchers: nothing is delivered from a damaged batch',
    setting: { dataBytes: 2000 },
    fault: (stage) => during(stage, ['dispatcher'], { kind: 'flip-bits', share: 0.1 }),
  },
  {
    name: 'subscribers-move',
    row: 'N8',
    about: 'the name of the subscribers cannot be resolved for a while, then only slowly, then it means another address: deliveries follow within 5 s',
    setting: { named: true },
    fault: async (stage) => {
      const reconnects = async (address: string, answer: NameAnswer): Promise<void> => {
        await stage.name(answer);
        await stage.sink.shut();
        await stage.sink.open(address);
      };
      const before = stage.sink.begun;
      await reconnects('127.0.0.1', { error: 'ENOTFOUND' });
      await stage.last(0.5);
      stage.felt('seconds without an attempt', stage.sink.begun - before < 50 ? 1 : 0);
      await stage.name({ address: '127.0.0.1', afterMs: 1000 });
      await stage.last(0.5);
      const slowly = stage.sink.begun;
      stage.felt('attempts with a slow name server', slowly - before);
      await reconnects('127.0.0.2', { address: '127.0.0.2' });
      await eventually('they come to the other address', () => stage.sink.begun > slowly + 10, 5000, () => stage.lastWords);
      stage.felt('addresses that were followed', 1);
    },
  },
  {
    name: 'brokers-unreachable',
    row: 'B16',
    about: 'no broker takes a connection of ours for a while',
    fault: (stage) => during(stage, both, { kind: 'refuse' }),
  },
];

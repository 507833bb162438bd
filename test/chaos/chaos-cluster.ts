import { freePorts } from '../../local/free-port.ts';
import type { FaultProxy } from '../support/fault-proxy.ts';
import { faultProxy } from '../support/fault-proxy.ts';
import type { KafkaCluster } from '../support/kafka-cluster.ts';
import { kafkaCluster } from '../support/kafka-cluster.ts';

export type Role = 'receiver' | 'dispatcher';

/** Three brokers; each has a listener for receivers and one for dispatchers, both behind proxies, and one that no fault touches, for checkers and replicas. */
export interface ChaosCluster extends AsyncDisposable {
  readonly brokers: KafkaCluster;
  /** Untouched by proxies: one broker's HOST:PORT after the other. */
  readonly witness: readonly string[];
  /** `bootstrap.servers` for a role. */
  bootstrap(role: Role): string;
  /** A Secret for a listener of all brokers, no proxy between, whose sessions last no longer than `saslSessionMs`. */
  readonly saslSecret: Readonly<Record<string, string>>;
  proxies(role: Role): readonly FaultProxy[];
  proxy(role: Role, node: number): FaultProxy;
}

/** Longest time after which a client of that listener has to authenticate itself again. */
export const saslSessionMs = 2000;
const saslUser = { user: 'chaos', password: 'password-of-the-chaos-suite' };
const nodes = [1, 2, 3] as const;
const roles = ['receiver', 'dispatcher'] as const;

export async function chaosCluster(version: string | undefined): Promise<ChaosCluster> {
  const ports = await freePorts(2 * roles.length * nodes.length);
  const saslPorts = await freePorts(nodes.length);
  const sasl = (node: number): string => `SASL://127.0.0.1:${saslPorts[node - 1] ?? 0}`;
  const inner = new Map<string, number>();
  const outer = new Map<string, number>();
  for (const role of roles) {
    for (const node of nodes) {
      inner.set(`${role} ${node}`, ports.pop() ?? 0);
      outer.set(`${role} ${node}`, ports.pop() ?? 0);
    }
  }
  const listeners = (node: number, of: ReadonlyMap<string, number>): string[] => roles.map((role) => `${role.toUpperCase()}://127.0.0.1:${of.get(`${role} ${node}`) ?? 0}`);
  const proxies = new Map<string, FaultProxy>();
  for (const [name, port] of outer) proxies.set(name, await faultProxy(port, inner.get(name) ?? 0));
  const proxy = (role: Role, node: number): FaultProxy => {
    const found = proxies.get(`${role} ${node}`);
    if (!found) throw new Error(`no proxy of broker ${node} for the role ${role}`);
    return found;
  };
  const closeProxies = async (): Promise<void> => {
    await Promise.all([...proxies.values()].map((one) => one[Symbol.asyncDispose]()));
  };
  const brokers = await kafkaCluster({
    ...(version !== undefined && { version }),
    properties: (node, port, controllerPort) => ({
      listeners: [`PLAINTEXT://127.0.0.1:${port}`, `CONTROLLER://127.0.0.1:${controllerPort}`, sasl(node), ...listeners(node, inner)].join(),
      'advertised.listeners': [`PLAINTEXT://127.0.0.1:${port}`, sasl(node), ...listeners(node, outer)].join(),
      'listener.security.protocol.map': ['SASL:SASL_PLAINTEXT', ...['PLAINTEXT', 'CONTROLLER', ...roles.map((role) => role.toUpperCase())].map((name) => `${name}:PLAINTEXT`)].join(),
      'listener.name.sasl.sasl.enabled.mechanisms': 'PLAIN',
      'listener.name.sasl.plain.connections.max.reauth.ms': String(saslSessionMs),
      'listener.name.sasl.plain.sasl.jaas.config': `org.apache.kafka.common.security.plain.PlainLoginModule required user_${saslUser.user}="${saslUser.password}";`,
      // One partition: its leader is the coordinator of every group.
      'offsets.topic.num.partitions': '1',
      // The first replica of a partition leads it whenever it can.
      'leader.imbalance.check.interval.seconds': '2',
      'leader.imbalance.per.broker.percentage': '0',
    }),
  }).catch(async (error: unknown) => {
    await closeProxies();
    throw error;
  });
  return {
    brokers,
    witness: [...brokers.addresses.values()],
    bootstrap: (role) => nodes.map((node) => `127.0.0.1:${proxy(role, node).port}`).join(),
    saslSecret: { ...saslUser, 'bootstrap.servers': saslPorts.map((port) => `127.0.0.1:${port}`).join(), protocol: 'SASL_PLAINTEXT', 'sasl.mechanism': 'PLAIN' },
    proxies: (role) => nodes.map((node) => proxy(role, node)),
    proxy,
    [Symbol.asyncDispose]: async () => {
      await brokers[Symbol.asyncDispose]();
      await closeProxies();
    },
  };
}

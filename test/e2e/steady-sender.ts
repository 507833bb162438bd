import { until } from './cluster/wait.ts';
import type { Kubernetes } from './kubernetes.ts';
import { restrictedPod } from './restricted-pod.ts';

/**
 * Ten events a second, each sent until it is answered with 202; every other one over a connection of its own. Tells each that was taken. SIGUSR2 ends it when all are.
 * An attempt that may have been stored though it was not answered is told as well.
 */
const script = `
const url = process.argv[1];
let stopped = false;
process.on('SIGUSR2', () => (stopped = true));
process.on('SIGTERM', () => process.exit(0));
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const notSent = ['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'UND_ERR_CONNECT_TIMEOUT'];
async function send(id) {
  for (;;) {
    const headers = {'ce-specversion': '1.0', 'ce-type': 'e2e', 'ce-source': '/e2e', 'ce-id': id, ...(Number(id) % 2 && {connection: 'close'})};
    try {
      const {status} = await fetch(url, {method: 'POST', headers, body: id});
      if (status === 202) return console.log('taken ' + id);
    } catch (error) {
      if (!notSent.includes(error.cause?.code)) console.log('unsure ' + id + ' ' + (error.cause?.code ?? error));
    }
    await pause(100);
  }
}
const pending = new Set();
for (let next = 0; !stopped; next += 1) {
  const sent = send(String(next)).finally(() => pending.delete(sent));
  pending.add(sent);
  await pause(100);
}
await Promise.all(pending);
console.log('done');
setInterval(() => {}, 1e9);
`;

/** A pod that goes on sending events to an address while other things happen. */
export class SteadySender {
  readonly #kubernetes: Kubernetes;
  readonly #namespace: string;
  readonly #name = 'sender';

  private constructor(kubernetes: Kubernetes, namespace: string) {
    this.#kubernetes = kubernetes;
    this.#namespace = namespace;
  }

  static async start(kubernetes: Kubernetes, namespace: string, url: string): Promise<SteadySender> {
    const sender = new SteadySender(kubernetes, namespace);
    const spec = restrictedPod({ name: sender.#name, command: ['node', '--input-type=module', '-e', script, '--', url] });
    await kubernetes.apply([{ apiVersion: 'v1', kind: 'Pod', metadata: { name: sender.#name, namespace }, spec: { ...spec, restartPolicy: 'Never' } }]);
    await sender.taken(1);
    return sender;
  }

  /** Waits until so many events were taken since it started; their ids. */
  async taken(count: number): Promise<string[]> {
    return until(`${count} events taken`, async () => {
      const ids = await this.#told('taken');
      if (ids.length < count) throw new Error(`${ids.length} so far`);
      return ids;
    });
  }

  /** Ends sending, and tells every event that was taken, and those of which more than one copy may be stored. */
  async stop(): Promise<{ taken: string[]; unsure: string[] }> {
    await this.#kubernetes.run('exec', '-n', this.#namespace, this.#name, '--', 'node', '-e', 'process.kill(1, "SIGUSR2")');
    await until('the sender is done', async () => ((await this.#log()).trimEnd().endsWith('done') ? true : undefined));
    return { taken: await this.#told('taken'), unsure: await this.#told('unsure') };
  }

  async #told(what: string): Promise<string[]> {
    return (await this.#log()).split('\n').filter((line) => line.startsWith(`${what} `)).map((line) => line.split(' ')[1] ?? '');
  }

  #log(): Promise<string> {
    return this.#kubernetes.run('logs', '-n', this.#namespace, this.#name, '--tail=-1');
  }
}

import { freePorts } from '../free-port.ts';

/** Local ports of container ports; each is chosen once and stays while local mode runs. */
export class AssignedPorts {
  readonly #ports = new Map<string, number>();

  /** Settles with whether any port is new. `fixed` ones are as said. */
  async assign(owner: string, containerPorts: readonly number[], fixed: ReadonlyMap<number, number> = new Map()): Promise<boolean> {
    const missing = containerPorts.filter((port) => !this.#ports.has(key(owner, port)));
    const free = await freePorts(missing.length);
    missing.forEach((port, index) => this.#ports.set(key(owner, port), fixed.get(port) ?? free[index] ?? port));
    return missing.length > 0;
  }

  of(owner: string, containerPort: number): number | undefined {
    return this.#ports.get(key(owner, containerPort));
  }
}

function key(owner: string, port: number): string {
  return `${owner}:${port}`;
}

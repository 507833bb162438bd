import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** As Kubernetes has it. Much shorter ones are not kept to: a core that a thread of the process has run on keeps a millisecond of them. */
const periodMicros = 100_000;

/** A control group that holds one process to a share of a core. */
export class CpuQuota implements Disposable {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Fails, with what to do, where the system does not let us. */
  static of(pid: number, cores: number, root = '/sys/fs/cgroup'): CpuQuota {
    const quotaMicros = Math.round(cores * periodMicros);
    const unified = existsSync(join(root, 'cgroup.controllers'));
    const parent = unified ? root : join(root, 'cpu');
    const folder = join(parent, `knative-kafka-bench-${pid}`);
    const limits = unified ? { 'cpu.max': `${quotaMicros} ${periodMicros}` } : { 'cpu.cfs_period_us': String(periodMicros), 'cpu.cfs_quota_us': String(quotaMicros) };
    try {
      if (unified) writeFileSync(join(parent, 'cgroup.subtree_control'), '+cpu');
      mkdirSync(folder);
      for (const [file, value] of Object.entries({ ...limits, 'cgroup.procs': String(pid) })) writeFileSync(join(folder, file), value);
    } catch (error) {
      throw new Error(`a share of a core: ${(error as Error).message}: it needs the right to write to ${parent}, as root has it`, { cause: error });
    }
    return new CpuQuota(folder);
  }

  /** When its process has ended. */
  [Symbol.dispose](): void {
    rmdirSync(this.#folder);
  }
}

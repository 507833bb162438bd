import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { CpuQuota } from './cpu-quota.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'cpu-quota-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function filesOf(folder: string): Record<string, string> {
  return Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

describe('CpuQuota', () => {
  test('is a group of its own in the one hierarchy of cgroup v2', () => {
    writeFileSync(join(root, 'cgroup.controllers'), 'cpu memory');
    CpuQuota.of(7, 0.25, root);
    expect(filesOf(join(root, 'knative-kafka-bench-7'))).toEqual({ 'cpu.max': '25000 100000', 'cgroup.procs': '7' });
    expect(readFileSync(join(root, 'cgroup.subtree_control'), 'utf8')).toBe('+cpu');
  });

  test('is one in the hierarchy of the CPU in cgroup v1', () => {
    mkdirSync(join(root, 'cpu'));
    CpuQuota.of(7, 0.2, root);
    expect(filesOf(join(root, 'cpu', 'knative-kafka-bench-7'))).toEqual({ 'cpu.cfs_period_us': '100000', 'cpu.cfs_quota_us': '20000', 'cgroup.procs': '7' });
  });

  test('says in one line what it needs where there is no such hierarchy, or no right to it', () => {
    expect(() => CpuQuota.of(7, 0.2, root)).toThrow(/^a share of a core: ENOENT: .*: it needs the right to write to .*\/cpu, as root has it$/);
  });
});

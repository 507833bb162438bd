import { describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

import { applicationName, label } from '../contract/names.ts';
import type { KubernetesObject } from '../hooks/metacontroller.ts';
import { shellBlocks } from './support/readme.ts';

const root = join(import.meta.dirname, '..');
const pages = ['README.md', ...readdirSync(join(root, 'docs')).filter((file) => file.endsWith('.md')).map((file) => `docs/${file}`)];
const commands = pages.flatMap((page) => shellBlocks(join(root, page)).flatMap((block) => block.commands.map((command) => ({ page, command }))));

function manifests(...folders: string[]): KubernetesObject[] {
  const files = folders.flatMap((folder) => readdirSync(join(root, folder)).filter((file) => file.endsWith('.yaml')).map((file) => join(root, folder, file)));
  return files.flatMap((file) => parseAllDocuments(readFileSync(file, 'utf8')).map((document) => document.toJS() as KubernetesObject)).filter((object) => 'metadata' in object);
}

describe('the commands of the documentation', () => {
  test('there are some', () => expect(commands.length).toBeGreaterThan(20));

  test.each(commands)('$page: $command', ({ command }) => {
    expect(spawnSync('bash', ['-n', '-c', command], { encoding: 'utf8', timeout: 10_000 })).toMatchObject({ status: 0, stderr: '' });
    expect(command).not.toContain('…');
  });

  test('that delete by our label find the controllers and the hooks, and no definition with all objects of its kind', () => {
    const labelled = manifests('metacontroller', 'crds').filter(({ metadata }) => metadata.labels?.[label.name] === applicationName);
    for (const kind of ['CompositeController', 'DecoratorController', 'Deployment', 'Service', 'PodDisruptionBudget', 'ServiceAccount', 'ClusterRole']) {
      expect({ kind, missing: manifests('metacontroller').filter((object) => object.kind === kind && !labelled.some(({ metadata }) => metadata.name === object.metadata.name)).map(({ metadata }) => metadata.name) }).toEqual({ kind, missing: [] });
    }
    expect(commands.filter(({ command }) => /delete (crds?|customresourcedefinitions)\b.* -l/.test(command))).toEqual([]);
  });

  test('for the removal are the same in README.md and docs/operations.md', () => {
    const steps = (page: string, start: string): string => /^(\d\. .+\n)+/m.exec(readFileSync(join(root, page), 'utf8').split(start)[1] ?? '')?.[0] ?? '';
    expect(steps('README.md', '\nRemoval, in this order')).toBe(steps('docs/operations.md', '\n## Removal'));
    expect(steps('README.md', '\nRemoval, in this order')).toContain('wait until');
  });
});

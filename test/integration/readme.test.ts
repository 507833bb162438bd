import { describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { parseAllDocuments } from 'yaml';

import { shellBlocks } from '../support/readme.ts';

interface Result {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a line of the README as a reader would, with a limit. */
function run(command: string): Promise<Result> {
  return new Promise((resolve) => {
    const child = execFile('bash', ['-c', command], { timeout: 170_000, maxBuffer: 64 * 1024 * 1024 }, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr });
    });
  });
}

const commands = shellBlocks('README.md').flatMap((block) => block.commands);
const here = commands.filter((command) => command.startsWith('npm '));

describe('the README', () => {
  test('has no command that no suite runs: npm here, kubectl in the cluster suite', () => {
    expect(commands.filter((command) => !/^(npm|kubectl) /.test(command))).toEqual([]);
    expect(here).toEqual(['npm start -- --once', 'npm run --silent render -- examples/quickstart/channel.yaml']);
  });

  test('npm start -- --once shows the sample event at both subscribers', async () => {
    const { code, stdout, stderr } = await run('npm start -- --once');
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    for (const subscriber of ['subscriber-a', 'subscriber-b']) expect(stdout).toContain(subscriber);
  }, 180_000);

  test('npm run render prints what the operator would create', async () => {
    const { code, stdout } = await run('npm run --silent render -- examples/quickstart/channel.yaml');
    expect(code).toBe(0);
    const kinds = parseAllDocuments(stdout).map((document) => (document.toJS() as { kind: string }).kind);
    expect([...new Set(kinds)]).toEqual(expect.arrayContaining(['ConfigMap', 'Deployment', 'KafkaTopic', 'Service']));
  }, 60_000);
});

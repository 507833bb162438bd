import { describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';

/** Commands of `package.json` for developers; those for users are tested where they are (`local/command-line.test.ts`, `test/render-golden.test.ts`). */
const commands = [
  ['bench', 'bench/main.ts'],
  ['chaos', 'test/chaos/main.ts'],
  ['cluster', 'test/e2e/cluster/main.ts'],
  ['e2e', 'test/e2e/main.ts'],
] as const;

function run(main: string, ...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...args], { encoding: 'utf8', timeout: 25_000, killSignal: 'SIGKILL' });
}

describe.each(commands)('C9: npm run %s', (name, main) => {
  test('-- --help says how it is used, on standard output, and ends with 0', () => {
    expect(run(main, '--help')).toMatchObject({ status: 0, stdout: expect.stringMatching(new RegExp(`^usage: npm run (--silent )?${name} `)), stderr: '' });
  });

  test('-- --halp begins nothing, names the mistake and how it is used, and ends with 2', () => {
    const { status, stdout, stderr } = run(main, '--halp');
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('--halp');
    expect(stderr).toContain(`usage: npm run`);
  });
});

test.each(['receiver', 'dispatcher'])('C9: npm run bench -- %s --against what is no checkout begins nothing, says so, and ends with 2', (part) => {
  const { status, stdout, stderr } = run('bench/main.ts', part, '--against', '/nope');
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toMatch(/^--against: "\/nope" is not a checkout of this project with its dependencies\nusage: npm run/);
});

describe.each(['hooks', 'dataplane/receiver', 'dataplane/dispatcher'])('%s with an environment that is wrong', (folder) => {
  test('does not start, says what to mend in one line, and ends with 1', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [`${folder}/main.ts`], { encoding: 'utf8', timeout: 25_000, killSignal: 'SIGKILL', env: { LOG_LEVEL: 'loud' } });
    expect(status).toBe(1);
    expect(`${stdout}${stderr}`).toMatch(/^.*invalid environment: .*LOG_LEVEL must be one of trace, .*: mend what is named.*\n$/);
  });
});

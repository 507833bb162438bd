import { expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
/** One of each kind, a few seconds long. */
const selection = ['dispatchers-restarted', 'connections-cut', 'failing-subscriber'];

interface Run {
  readonly code: number | null;
  readonly text: string;
  readonly lines: readonly Record<string, unknown>[];
  readonly said: string;
}

function chaos(...args: string[]): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, 'test', 'chaos', 'main.ts'), ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, text: out, lines: out.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Record<string, unknown>), said }));
  });
}

test('K1 to K13: nothing that was acknowledged is lost or out of order while dispatchers restart, connections are cut and a subscriber fails', async () => {
  const { code, lines, said } = await chaos(...selection, '--seconds', '2');
  expect([code, said.split('\n').filter((line) => line.startsWith('  ') && !line.startsWith('  passed'))]).toEqual([0, []]);
  expect(lines.map(({ scenario, lost, inversions }) => ({ scenario, lost, inversions }))).toEqual(selection.map((scenario) => ({ scenario, lost: 0, inversions: 0 })));
  expect(lines.every(({ sent, acknowledged, delivered }) => Number(sent) > 50 && sent === acknowledged && acknowledged === delivered)).toBe(true);
}, 300_000);

test('--list names every scenario once, with its row of the catalogue: 30 and more', async () => {
  const { code, text } = await chaos('--list');
  const rows = text.trim().split('\n').map((line) => line.split(/ +/));
  expect(code).toBe(0);
  expect(rows.filter(([name, row]) => !/^[a-z-]+$/.test(name ?? '') || !/^[BNPSG]\d+$/.test(row ?? ''))).toEqual([]);
  expect(new Set(rows.map(([name]) => name)).size).toBe(rows.length);
  expect(rows.length).toBeGreaterThanOrEqual(30);
});

test('a scenario that does not exist is an error of usage', async () => {
  const { code, said } = await chaos('no-such-thing');
  expect([code, said.split('\n').slice(0, 2)]).toEqual([2, ['no scenario "no-such-thing": --list names them', expect.stringMatching(/^usage: /)]]);
});

import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { projectFolder } from './cluster/folders.ts';

export interface Counted {
  readonly passed: number;
  readonly failed: number;
}

const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js', '--selectProjects', 'e2e', '--runInBand'];

/** Runs one file of tests and counts. A file that could not be run counts as one failure. */
export async function runTestFile(file: string, env: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Counted> {
  const folder = await mkdtemp(join(tmpdir(), 'knative-kafka-e2e-report-'));
  const report = join(folder, 'report.json');
  try {
    await ended(['--json', `--outputFile=${report}`, '--runTestsByPath', join('test', 'e2e', file)], env, signal);
    const text = await readFile(report, 'utf8').catch(() => undefined);
    return text === undefined ? { passed: 0, failed: 1 } : counted(JSON.parse(text) as Report);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Report {
  numPassedTests: number;
  numFailedTests: number;
  numRuntimeErrorTestSuites: number;
}

function counted({ numPassedTests, numFailedTests, numRuntimeErrorTestSuites }: Report): Counted {
  return { passed: numPassedTests, failed: numFailedTests + numRuntimeErrorTestSuites };
}

/** The report goes to a file, so stdout would carry it twice; what a person reads is on stderr. */
function ended(args: readonly string[], env: Readonly<Record<string, string>>, signal: AbortSignal): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...jest, ...args], { cwd: projectFolder, stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, ...env } });
    const stop = (): boolean => child.kill('SIGKILL');
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    child.once('error', reject).once('close', (code) => {
      signal.removeEventListener('abort', stop);
      resolve(code);
    });
  });
}

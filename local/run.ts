import { stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

import { addressBlock } from './addresses/of-started.ts';
import type { StartOptions } from './command-line.ts';
import { unlessInterrupted } from './ending.ts';
import { exitCode } from './exit-code.ts';
import { logOfFailingPart } from './failing-part.ts';
import { logTail } from './log-tail.ts';
import { followManifests } from './manifests/follow.ts';
import type { Narration } from './narration.ts';
import { sampleEvents } from './sample.ts';
import type { Started } from './start.ts';
import { start } from './start.ts';
import { StartError, TimedOutError } from './start-error.ts';
import type { StateFolder } from './state/folder.ts';
import { stateFolderOf } from './state/folder.ts';
import { cleanUpAfter, earlierRun, OwnRun } from './state/run-file.ts';
import type { TearDown } from './tear-down.ts';

export interface RunContext {
  readonly options: StartOptions;
  readonly narration: Narration;
  readonly tearDown: TearDown;
  /** When the command was given (ms since 1970). */
  readonly startedAt: number;
  readonly signal: AbortSignal;
  readonly env: NodeJS.ProcessEnv;
}

/** The whole of `npm start`, up to the exit code. Throws StartError or Interrupted; the caller tears down. */
export async function runLocalMode(context: RunContext): Promise<number> {
  const { options, narration, tearDown } = context;
  if (!(await stat(options.manifests).catch(() => undefined))) throw new StartError('cannot read the manifests', `there is no ${options.manifests}`, 'name a folder or file with YAML manifests after -f');
  const folder = await stateFolderOf(options.manifests);
  const run = new OwnRun(folder.runFile);
  if (!(await claimFolder(run, folder, context))) return exitCode.done;
  tearDown.add({ stop: () => run.release() });
  const timeout = timeoutOf(context);
  const signal = AbortSignal.any([context.signal, timeout.signal]);
  const started = await start({ ...context, folder, run, signal });
  timeout.cancel();
  const missed = await narration.step('Sample event', async (say) => {
    const limitMs = options.once ? Math.max(context.startedAt + options.timeoutMs - Date.now(), 1000) : 15_000;
    const { reached, misses } = await unlessInterrupted(signal, sampleEvents(started, limitMs, signal, say));
    return [misses, misses.length === 0 ? `reached ${reached} subscriber${reached === 1 ? '' : 's'}` : `reached ${reached}, missed ${misses.length}`];
  });
  if (missed[0] && options.once) throw await failure(started, missed);
  for (const { recipient, why } of missed) narration.say(`      ${recipient}: ${why}`);
  narration.say(`ready after ${narration.elapsed()}; events, topics and offsets are kept in ${folder.path} (--clean starts empty)`);
  const block = addressBlock(started, folder);
  block.forEach((line) => narration.print(line));
  if (options.once) return exitCode.done;
  run.ready(block);
  narration.say(`${options.manifests} is watched for changes; Ctrl-C stops everything`);
  followManifests(options.manifests, started, narration, tearDown);
  return await untilEnd(started, context.signal);
}

/** False where the folder's local mode runs already: its addresses have been printed then. */
async function claimFolder(run: OwnRun, folder: StateFolder, { options, narration, signal }: RunContext): Promise<boolean> {
  for (;;) {
    if (await run.claim()) return true;
    const earlier = await earlierRun(folder.runFile);
    if (earlier.state === 'running') {
      const { pid } = earlier.run.main;
      if (options.once || options.clean) throw new StartError(`${options.once ? '--once' : '--clean'} needs the manifests for itself`, `local mode runs for them already (pid ${pid})`, 'stop it with Ctrl-C there, or use another folder with -f');
      if (!earlier.run.addresses) {
        narration.say(`local mode is starting already (pid ${pid}): waiting for it`);
        await delay(1000, undefined, { signal }).catch(() => undefined);
        signal.throwIfAborted();
        continue;
      }
      narration.say(`local mode runs already (pid ${pid}); stop it with Ctrl-C there`);
      earlier.run.addresses.forEach((line) => narration.print(line));
      return false;
    }
    if (earlier.state === 'died') {
      narration.say(`an earlier run (pid ${earlier.run.main.pid}) ended without cleaning up: doing it now`);
      await cleanUpAfter(earlier.run);
      await new OwnRun(folder.runFile).release();
    }
  }
}

/** With --once, the time for everything up to the sample event. */
function timeoutOf({ options, narration, startedAt }: RunContext): { signal: AbortSignal; cancel: () => void } {
  const controller = new AbortController();
  if (!options.once) return { signal: controller.signal, cancel: () => undefined };
  const timer = setTimeout(
    () => controller.abort(new TimedOutError(`not ready after ${options.timeoutMs / 1000} s`, `still busy with ${narration.busyWith}`, 'give it more time with --timeout SECONDS')),
    Math.max(startedAt + options.timeoutMs - Date.now(), 0),
  );
  return { signal: controller.signal, cancel: () => clearTimeout(timer) };
}

async function failure(started: Started, missed: Awaited<ReturnType<typeof sampleEvents>>['misses']): Promise<StartError> {
  const first = missed.find(({ timedOut }) => !timedOut) ?? missed[0];
  const ErrorOfKind = missed.every(({ timedOut }) => timedOut) ? TimedOutError : StartError;
  const log = first && logOfFailingPart(started, first);
  return new ErrorOfKind(`the sample event did not reach ${first?.recipient ?? 'anybody'}`, `${first?.why ?? ''}${missed.length > 1 ? ` (and ${missed.length - 1} more missed)` : ''}`, log ? `read ${log}` : 'read the logs', {
    cause: log && (await logTail(log)),
  });
}

async function untilEnd({ kafka }: Started, signal: AbortSignal): Promise<never> {
  const { embedded } = kafka;
  const code = await unlessInterrupted(signal, embedded?.ended ?? new Promise<never>(() => undefined));
  throw new StartError('Apache Kafka has ended by itself', `exit code ${code ?? 'unknown'}`, `read ${embedded?.logFile ?? ''} and start again`, { cause: embedded && (await logTail(embedded.logFile)) });
}

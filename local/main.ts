import { parseStartOptions, startHelp, UsageError } from './command-line.ts';
import { Interrupted, watchForEnding } from './ending.ts';
import { exitCode } from './exit-code.ts';
import type { Narration } from './narration.ts';
import { narrate } from './narration.ts';
import { runLocalMode } from './run.ts';
import { StartError, TimedOutError } from './start-error.ts';
import { TearDown } from './tear-down.ts';

/** How long everything may take to end; less when whoever started us is gone. */
const patienceMs = { asked: 9000, orphaned: 3000 };

async function main(args: readonly string[]): Promise<number> {
  const startedAt = Number(process.env['KNATIVE_KAFKA_STARTED_AT'] ?? Date.now());
  const options = parseStartOptions(args, process.env['INIT_CWD']);
  if (options.help) {
    process.stdout.write(startHelp);
    return exitCode.done;
  }
  const narration = narrate({ out: process.stdout, err: process.stderr, steps: 5, startedAt, live: isLive() });
  const endings = watchForEnding(process);
  const tearDown = new TearDown();
  endings.onImpatience = () => {
    narration.say('ending at once');
    tearDown.kill();
    process.exit(exitCode.interrupted);
  };
  try {
    return await runLocalMode({ options, narration, tearDown, startedAt, signal: endings.signal, env: process.env });
  } catch (caught) {
    // What fails because everything is being ended is not worth telling.
    const error: unknown = endings.signal.aborted ? endings.signal.reason : caught;
    if (error instanceof Interrupted) narration.say(`${error.message}: stopping`);
    else tell(error as Error, narration);
    return codeOf(error);
  } finally {
    const orphaned = endings.signal.reason instanceof Interrupted && endings.signal.reason.orphaned;
    await tearDown.stop(orphaned ? patienceMs.orphaned : patienceMs.asked);
    if (endings.signal.aborted) narration.say('everything is stopped');
  }
}

/** Nothing that changes the screen where it is no terminal, or not wanted. */
function isLive(): boolean {
  return process.stdout.isTTY && process.stderr.isTTY && !process.env['NO_COLOR'] && !process.env['CI'];
}

function tell(error: Error, to: Pick<Narration, 'say'>): void {
  const expected = error instanceof StartError || error instanceof UsageError;
  to.say(`error: ${expected ? error.message : (error.stack ?? error.message)}`);
  if (typeof error.cause === 'string') to.say(error.cause);
}

function codeOf(error: unknown): number {
  if (error instanceof Interrupted) return exitCode.interrupted;
  if (error instanceof UsageError) return exitCode.usage;
  return error instanceof TimedOutError ? exitCode.timedOut : exitCode.failed;
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  tell(error as Error, { say: (line) => process.stderr.write(`${line}\n`) });
  return codeOf(error);
});
// Whatever is still open must not keep us: everything that was started has ended.
setTimeout(() => process.exit(), 300).unref();

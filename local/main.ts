import { parseStartOptions, startHelp, UsageError } from './command-line.ts';
import { Interrupted, watchForEnding } from './ending.ts';
import { exitCode } from './exit-code.ts';
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
  const narration = narrate(process.stderr, 5, startedAt);
  const endings = watchForEnding(process);
  const tearDown = new TearDown();
  endings.onImpatience = () => {
    narration.say('ending at once');
    tearDown.kill();
    process.exit(exitCode.interrupted);
  };
  try {
    return await runLocalMode({ options, narration, tearDown, startedAt, signal: endings.signal, out: process.stdout, env: process.env });
  } catch (caught) {
    // What fails because everything is being ended is not worth telling.
    const error: unknown = endings.signal.aborted ? endings.signal.reason : caught;
    if (error instanceof Interrupted) narration.say(`${error.message}: stopping`);
    else tell(error as Error);
    return codeOf(error);
  } finally {
    const orphaned = endings.signal.reason instanceof Interrupted && endings.signal.reason.orphaned;
    await tearDown.stop(orphaned ? patienceMs.orphaned : patienceMs.asked);
    if (endings.signal.aborted) narration.say('everything is stopped');
  }
}

function tell(error: Error): void {
  const expected = error instanceof StartError || error instanceof UsageError;
  process.stderr.write(`error: ${expected ? error.message : (error.stack ?? error.message)}\n`);
  if (typeof error.cause === 'string') process.stderr.write(`${error.cause}\n`);
}

function codeOf(error: unknown): number {
  if (error instanceof Interrupted) return exitCode.interrupted;
  if (error instanceof UsageError) return exitCode.usage;
  return error instanceof TimedOutError ? exitCode.timedOut : exitCode.failed;
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  tell(error as Error);
  return codeOf(error);
});
// Whatever is still open must not keep us: everything that was started has ended.
setTimeout(() => process.exit(), 300).unref();

import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/**
 * Runs a command that must not outlive whoever started it: `node tether.ts COMMAND ARG…` with a pipe as stdin.
 * When the pipe closes, because the starter ended in whatever way, the command gets SIGTERM and, 3 s later, SIGKILL.
 * SIGTERM is passed on; SIGUSR2 kills the command at once.
 */
const [command = '', ...args] = process.argv.slice(2);
const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
const patienceMs = 3000;

function end(): void {
  child.kill('SIGTERM');
  setTimeout(() => child.kill('SIGKILL'), patienceMs).unref();
}

process.stdin.once('end', end).once('error', end).resume();
process.on('SIGTERM', () => child.kill('SIGTERM'));
process.on('SIGUSR2', () => child.kill('SIGKILL'));
// Ctrl-C reaches the whole group; whoever started us decides when we stop.
process.on('SIGINT', () => undefined);
process.on('SIGHUP', () => undefined);
child.once('error', (error) => {
  process.stderr.write(`${command}: ${error.message}\n`);
  process.exit(127);
});
child.once('exit', (code, signal) => process.exit(code ?? codeOf(signal)));

/** As a shell says it; what we ended ourselves has ended well. */
function codeOf(signal: NodeJS.Signals | null): number {
  return signal === null || signal === 'SIGTERM' ? 0 : 128 + constants.signals[signal];
}

// Runs on whatever Node the machine has, from 20 up, before anything is installed: plain JavaScript, no dependency.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { isInstalled } from './installed.js';
import { startersOf } from './starters.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const programs = { start: 'main.ts', render: join('render', 'main.ts') };
const startedAt = Date.now();
const interrupted = 130;

const [command = '', ...args] = process.argv.slice(2);
const program = programs[command];
if (program === undefined) {
  process.stderr.write(`error: unknown command "${command}": use npm start or npm run render\n`);
  process.exit(2);
}

/** The one process that runs at a time: npm, then ours. */
let child;
let stopping = false;
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(name, () => {
    stopping = true;
    child?.kill(name);
  });
}
// Whoever started us may be killed, and tells nobody then.
const starters = startersOf(process);
setInterval(() => {
  if (stopping || startersOf(process).join() === starters.join()) return;
  stopping = true;
  child?.kill('SIGHUP');
}, 300).unref();

if (!isInstalled(root)) await install();
if (stopping) process.exit(interrupted);
// Sources are compiled once, for this process and all that it starts.
const env = { NODE_COMPILE_CACHE: join(root, '.knative-kafka', 'compile-cache'), ...process.env, KNATIVE_KAFKA_STARTED_AT: String(startedAt) };
const { code, signal } = await run(join(root, 'node_modules', '.bin', 'node'), ['--disable-warning=ExperimentalWarning', join(root, 'local', program), ...args], { stdio: 'inherit', env });
if (signal) process.stderr.write(`error: local mode was ended by ${signal}: what it had started ends with it: start again\n`);
process.exitCode = code ?? (stopping ? interrupted : 1);

async function install() {
  const since = Date.now();
  const said = [];
  const live = process.stderr.isTTY && !process.env.NO_COLOR && !process.env.CI;
  const [before, after] = live ? ['\r\u001b[K', ''] : ['', '\n'];
  const tell = () => process.stderr.write(`${before}installing the locked dependencies (npm ci)  … ${((Date.now() - since) / 1000).toFixed(1)} s${after}`);
  tell();
  const pulse = setInterval(tell, 1500);
  const npm = process.env.npm_execpath;
  const [file, first] = npm && existsSync(npm) && npm.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []];
  const result = await run(file, [...first, 'ci', '--prefer-offline', '--no-audit', '--no-fund'], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] }, (text) => said.push(text));
  clearInterval(pulse);
  if (live) process.stderr.write(before);
  if (stopping) process.exit(interrupted);
  if (result.code !== 0) {
    const last = said.join('').trimEnd().split('\n').slice(-20).join('\n');
    process.stderr.write(`${last}\nerror: cannot install the dependencies: npm ci ended with ${result.code ?? result.signal}: see above, check the network and the npm registry, and start again\n`);
    process.exit(1);
  }
}

function run(file, words, options, onText) {
  return new Promise((resolve) => {
    child = spawn(file, words, options);
    for (const stream of onText ? [child.stdout, child.stderr] : []) stream.setEncoding('utf8').on('data', onText);
    child.once('error', (error) => {
      process.stderr.write(`error: cannot run ${file}: ${error.message}: install Node 20 or newer with npm, and remove node_modules\n`);
      resolve({ code: 1, signal: null });
    });
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
}

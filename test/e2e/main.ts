import { parseArgs } from 'node:util';

import { exitCode } from '../../local/exit-code.ts';
import { StartError } from '../../local/start-error.ts';
import { stopSignal } from '../../runtime/lifecycle.ts';
import { clusterIfUp, clusterUp } from './cluster/cluster.ts';
import { loadMetacontrollerImage, loadProjectImages } from './cluster/project-images.ts';
import { clusterTurn } from './cluster/turn.ts';
import { suiteFiles } from './files.ts';
import { startClusterKafka } from './kafka.ts';
import { loadKnativeImage } from './knative/install.ts';
import { metacontrollerImage } from './metacontroller/install.ts';
import type { Counted } from './suite.ts';
import { runTestFile } from './suite.ts';

const started = Date.now();
const signal = stopSignal(process);
const { keep, only } = commandLine();
const metacontroller = process.env['METACONTROLLER_BIN'];
const knative = process.env['KNATIVE_EVENTING_CONTROLLER_BIN'];
const files = suiteFiles({ metacontroller: Boolean(metacontroller), knative: Boolean(knative) });

/** With `--keep`, a cluster that is up is used, and left up: for working on the suite itself. `only`: parts of files' names. */
function commandLine(): { keep: boolean; only: readonly string[] } {
  const usage = 'usage: npm run e2e -- [--keep] [PART OF A FILE\'S NAME…]';
  try {
    const { values, positionals } = parseArgs({ allowPositionals: true, options: { keep: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } } });
    if (!values.help) return { keep: values.keep, only: positionals };
    console.log(usage);
    process.exit(exitCode.done);
  } catch (error) {
    console.error(`${(error as Error).message}\n${usage}`);
    process.exit(exitCode.usage);
  }
}

/** Tells the next step; one that was asked to stop does not begin it. */
function progress(text: string): void {
  signal.throwIfAborted();
  console.error(`[${((Date.now() - started) / 1000).toFixed(0).padStart(4)} s] ${text}`);
}

async function main(): Promise<Counted> {
  await using stack = new AsyncDisposableStack();
  stack.use(await clusterTurn());
  const cluster = (keep ? await clusterIfUp() : undefined) ?? (await clusterUp(progress));
  if (!keep) stack.defer(() => cluster.down());
  await loadProjectImages(cluster, progress);
  if (metacontroller) await loadMetacontrollerImage(cluster, metacontrollerImage, metacontroller);
  if (metacontroller && knative) await loadKnativeImage(cluster, knative);
  const kafka = await startClusterKafka(cluster.hostAddress, progress);
  stack.defer(() => kafka.stop());
  const total = { passed: 0, failed: 0 };
  for (const file of files.filter((name) => only.length === 0 || only.some((part) => name.includes(part)))) {
    progress(file);
    const { passed, failed } = await runTestFile(file, { KAFKA_BOOTSTRAP: kafka.bootstrap, KAFKA_POD_BOOTSTRAP: kafka.podBootstrap }, signal);
    total.passed += passed;
    total.failed += failed;
  }
  if (!metacontroller) progress('note: METACONTROLLER_BIN is not set: reconciling was not tested');
  if (!metacontroller || !knative) progress('note: METACONTROLLER_BIN and KNATIVE_EVENTING_CONTROLLER_BIN are not both set: Subscriptions and Channels of Knative were not tested');
  return total;
}

try {
  const { passed, failed } = await main();
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
} catch (error) {
  if (!signal.aborted) console.error(error instanceof StartError ? error.message : error);
  process.exitCode = signal.aborted ? 130 : 1;
}

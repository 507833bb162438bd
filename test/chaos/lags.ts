import { setTimeout as delay } from 'node:timers/promises';

import { eventually } from '../support/eventually.ts';
import type { Stage } from './stage.ts';
import { logEnds } from './topic-admin.ts';

/** Within which an end of the log, or a commit, is known to the dispatcher that reports a lag. */
const knownMs = 2000;

/** Notes what the dispatchers say of the lag of each subscription, and what it was in the seconds around that. */
export async function noteLags(stage: Stage): Promise<void> {
  const before = await progress(stage);
  await delay(knownMs);
  const texts = await metricsOf(stage);
  await delay(knownMs);
  const after = await progress(stage);
  for (const { uid, name } of stage.file.subscriptions) {
    stage.lags.push({ subscription: uid, reported: metricOf(texts, 'subscription_lag', name), least: before.ends - (after.committed.get(uid) ?? 0), most: after.ends - (before.committed.get(uid) ?? 0) });
  }
}

/** Waits until no lag is reported, and notes what is: nothing is left to deliver. */
export async function noteThatNothingLags(stage: Stage, limitMs = 10_000): Promise<void> {
  const { subscriptions } = stage.file;
  let reported: number[] = [];
  await eventually('no lag is reported', async () => {
    const texts = await metricsOf(stage);
    reported = subscriptions.map(({ name }) => metricOf(texts, 'subscription_lag', name));
    return reported.every((lag) => lag === 0);
  }, limitMs).catch(() => undefined);
  for (const [index, { uid }] of subscriptions.entries()) stage.lags.push({ subscription: uid, reported: reported[index] ?? NaN, least: 0, most: 0 });
}

/** How many partitions were rebuilt because they made no progress. */
export async function stalls(stage: Stage): Promise<number> {
  const texts = await metricsOf(stage);
  return stage.file.subscriptions.reduce((sum, { name }) => sum + metricOf(texts, 'stalls_total', name), 0);
}

/** The sum of the ends of the log, and the sum of what each subscription has committed. */
async function progress({ cluster, topic, commits }: Stage): Promise<{ ends: number; committed: Map<string, number> }> {
  const ends = [...(await logEnds(cluster.witness, topic)).values()].reduce((sum, end) => sum + end, 0);
  const last = new Map(commits.seen.map(({ subscription, partition, offset }) => [`${subscription} ${partition}`, { subscription, offset }]));
  const committed = new Map<string, number>();
  for (const { subscription, offset } of last.values()) committed.set(subscription, (committed.get(subscription) ?? 0) + offset);
  return { ends, committed };
}

async function metricsOf({ dispatchers }: Stage): Promise<string[]> {
  return await Promise.all(dispatchers.map((one) => one.metrics()));
}

/** The sum over dispatchers of a metric that a subscription has one series of; not a number where none has it. */
function metricOf(texts: readonly string[], name: string, subscription: string): number {
  const series = new RegExp(`^kafkachannel_${name}\\{[^}]*subscription="${subscription}"\\} (\\S+)$`, 'm');
  const found = texts.map((text) => series.exec(text)?.[1]).filter((value) => value !== undefined);
  return found.length === 0 ? NaN : found.reduce((sum, value) => sum + Number(value), 0);
}

import { eventually } from '../support/eventually.ts';
import type { ChaosCluster } from './chaos-cluster.ts';
import { finishedAt } from './checkers/finished.ts';
import { judgement } from './checkers/judgement.ts';
import type { Figures } from './checkers/line.ts';
import { verdict } from './checkers/verdict.ts';
import { readCommits } from './commit-log.ts';
import type { History } from './history.ts';
import { noteThatNothingLags } from './lags.ts';
import type { Scenario } from './scenario.ts';
import { usualSetting } from './scenario.ts';
import { Stage } from './stage.ts';
import { readTopic } from './topic-admin.ts';

export interface ScenarioResult extends Figures {
  /** Empty: it has passed. */
  readonly faults: readonly string[];
}

const drainLimitMs = 60_000;

/** Sets the stage, makes the fault while events flow, waits until all is delivered, and judges what was recorded. Fails when it is stopped. */
export async function runScenario(scenario: Scenario, cluster: ChaosCluster, { seconds, stop }: { readonly seconds: number; readonly stop: AbortSignal }): Promise<ScenarioResult> {
  const setting = { ...usualSetting, ...scenario.setting };
  await using stage = await Stage.set(cluster, setting, seconds);
  return await Promise.race([played(scenario, stage), aborted(stop)]);
}

async function played(scenario: Scenario, stage: Stage): Promise<ScenarioResult> {
  await scenario.fault(stage);
  const recoverySeconds = Math.round((await stage.flowing('after the fault')) * 10) / 10;
  await stage.senders.stop();
  const stuck = await drained(stage);
  if (stuck.length === 0) await noteThatNothingLags(stage);
  const lastWords = stage.lastWords;
  const history = await recorded(stage);
  const { violations, ...figures } = verdict(history);
  const faults = judgement({ scenario, figures, violations, history, kills: stage.kills, recoverySeconds });
  return { ...figures, recoverySeconds, faults: faults.length === 0 ? [] : [...faults, ...stuck, ...lastWords] };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const stop = (): void => reject(new Error('interrupted'));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

/** Waits until what was acknowledged is over for every subscription; says what is not, if that takes too long. */
async function drained(stage: Stage): Promise<string[]> {
  const { lossAllowedBefore = -Infinity } = stage;
  const acknowledged = stage.sent.filter(({ outcome, calledAt }) => outcome === 'ok' && calledAt >= lossAllowedBefore).map(({ id }) => id);
  const waiting = (): string[] => {
    const deliveries = stage.sink.attempts;
    return stage.setting.subscriptions.flatMap(({ uid }) => {
      const finished = finishedAt({ deliveries }, uid);
      return acknowledged.filter((id) => !finished.has(id)).map((id) => `${id} for ${uid}`);
    });
  };
  // Who waits for what is found out only once there are enough attempts: it takes a while.
  const enough = acknowledged.length * stage.setting.subscriptions.length;
  return await eventually('everything is delivered', () => stage.sink.attempts.length >= enough && waiting().length === 0, drainLimitMs, () => [waiting().length, ...waiting().slice(0, 5)]).then(() => [], (error: unknown) => [(error as Error).message]);
}

/** Ends the processes in good order and gathers everything that was recorded. */
async function recorded(stage: Stage): Promise<History> {
  const badly = await endings(stage);
  const { witness } = stage.cluster;
  const groups = new Map(stage.file.subscriptions.map(({ uid, group }) => [uid, group]));
  const [stored, logged] = await Promise.all([readTopic(witness, stage.topic), readCommits(witness, stage.topic, groups)]);
  return {
    sends: stage.sent,
    stored,
    subscriptions: stage.setting.subscriptions,
    deliveries: stage.sink.attempts,
    logged: logged.filter(({ at }) => at >= stage.commits.forgottenAt),
    commits: stage.commits.seen,
    ending: await stage.commits.end(),
    lags: stage.lags,
    effects: { ...stage.effects, ...Object.fromEntries(badly.map((what) => [what, 0])) },
    ...(stage.deleted && { deleted: stage.deleted }),
    ...(stage.lossAllowedBefore !== undefined && { lossAllowedBefore: stage.lossAllowedBefore }),
  };
}

/** Ends everything by SIGTERM; says which did not end with 0. */
async function endings({ dispatchers, receivers }: Stage): Promise<string[]> {
  const all = [
    ...dispatchers.map(async (one, index) => ({ what: `dispatcher ${index}`, code: await one.end('SIGTERM'), said: one.lines.at(-1)?.msg ?? one.noise.at(-1) })),
    ...receivers.map(async (one, index) => ({ what: `receiver ${index}`, code: await one.stop(), said: one.output().trim().split('\n').at(-1) })),
  ];
  return (await Promise.all(all)).filter(({ code }) => code !== 0).map(({ what, code, said }) => `${what} ended with ${code ?? 'a kill'}, saying last: ${said ?? 'nothing'}`);
}

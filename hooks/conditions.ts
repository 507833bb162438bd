import type { Reason } from '../contract/reasons.ts';
import { reasons } from '../contract/reasons.ts';

export interface Condition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason?: string;
  message?: string;
  severity?: string;
  lastTransitionTime?: string;
}

/** One thing that was looked at. */
export interface Check {
  readonly type: string;
  readonly ok: boolean;
  readonly reason: Reason;
  /** Stable text: no counters, times or names of pods, or the status would be written for ever. */
  readonly message?: string;
  /** Told, but Ready does not depend on it. */
  readonly info?: boolean;
}

/**
 * Conditions of a chain of checks: Ready first, with the reason of the first check that is not met, False before Unknown; Stalled last, where a person must act.
 * A condition keeps its lastTransitionTime until its status changes; then it is `now` (RFC 3339).
 */
export function conditionsOf(checks: readonly Check[], observed: readonly Condition[] | undefined, now: string): Condition[] {
  const own = checks.map(conditionOf);
  const deciding = own.filter((condition) => condition.severity === undefined);
  const worst = deciding.find(({ status }) => status === 'False') ?? deciding.find(({ status }) => status === 'Unknown');
  const met = own.find(({ type }) => type === 'Ready') ?? { status: 'True', reason: 'Ready' };
  const ready: Condition = { ...(worst ?? met), type: 'Ready' };
  const stalled: Condition[] = ready.status === 'False' ? [{ ...ready, type: 'Stalled', status: 'True' }] : [];
  return [ready, ...own.filter(({ type }) => type !== 'Ready'), ...stalled].map((condition) => ({ ...condition, lastTransitionTime: transitionTime(condition, observed, now) }));
}

function conditionOf({ type, ok, reason, message, info }: Check): Condition {
  const status = ok ? 'True' : reasons[reason].stalls ? 'False' : 'Unknown';
  return { type, status, reason, ...(message && { message }), ...(info && { severity: 'Info' }) };
}

function transitionTime({ type, status }: Condition, observed: readonly Condition[] | undefined, now: string): string {
  const before = observed?.find((condition) => condition.type === type);
  return before?.status === status && before.lastTransitionTime ? before.lastTransitionTime : now;
}

export function conditionNamed(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

export function isReason(text: string | undefined): text is Reason {
  return text !== undefined && Object.hasOwn(reasons, text);
}

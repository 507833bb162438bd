import type { KafkaConsumerGroup } from '../../contract/generated/kafkaconsumergroup.ts';
import type { Check } from '../conditions.ts';
import { conditionsOf } from '../conditions.ts';
import type { Fault } from '../kafka-secret.ts';
import type { GroupOutcome } from './act.ts';
import { knownMeasure, measured } from './measure.ts';
import { formatOffsets, pendingReset } from './reset.ts';

type Status = KafkaConsumerGroup['status'];

/** Status of a group that has started: every partition has its offset, or is new and is started by the members at its first event. */
export function groupStatus(object: KafkaConsumerGroup, outcome: GroupOutcome, now: string): Status {
  const { initialized, partitions, waiting, resetting } = outcome;
  const known = statusOf(object);
  const reset = outcome.reset ? { id: outcome.reset.id, from: formatOffsets(outcome.reset.from), to: formatOffsets(outcome.reset.to), at: now } : known?.reset;
  return {
    ...observedGeneration(object),
    initialized,
    partitions,
    ...(waiting > 0 && { waiting }),
    ...measured(known, outcome, now),
    ...(resetting !== undefined && { resetting }),
    ...(reset && { reset }),
    conditions: conditionsOf([{ type: 'Ready', ok: true, reason: 'Ready' }, ...newPartitionsChecks(waiting), ...resetChecks(object, outcome)], known?.conditions, now),
  };
}

/** Partitions that are new make no group less Ready: they are read from their first event, so nothing is missed. */
function newPartitionsChecks(waiting: number): Check[] {
  if (waiting === 0) return [];
  return [{ type: 'PartitionsStarted', ok: false, reason: 'PartitionsStarting', message: 'new partitions have no offset yet: the consumers of the group start them at their first event', info: true }];
}

/** A replay makes no group less Ready: from then on, too, no event can be missed. */
function resetChecks({ spec }: KafkaConsumerGroup, { resetting, resetFault }: { readonly resetting?: string | undefined; readonly resetFault?: string | undefined }): Check[] {
  const type = 'ResetDone';
  if (!spec.reset) return [];
  if (resetFault !== undefined) return [{ type, ok: false, reason: 'ResetInvalid', message: `${resetFault}: mend it, and give a new spec.reset.id`, info: true }];
  if (resetting !== undefined) return [{ type, ok: false, reason: 'Resetting', message: `replay "${resetting}" waits for the consumers of the group to leave`, info: true }];
  return [{ type, ok: true, reason: 'Ready', info: true }];
}

/**
 * Status where Kafka could not be asked, or refused: what was known stays. A group that has started once has started for ever.
 * A replay holds up deliveries only while it can be worked on, or nothing can be delivered anyway.
 */
export function faultyGroupStatus(object: KafkaConsumerGroup, { reason, message }: Fault, now: string): Status {
  const known = statusOf(object);
  const resetting = reason === 'KafkaUnreachable' ? known?.resetting : undefined;
  return {
    ...observedGeneration(object),
    ...(known && { ...knownProgress(known), ...knownMeasure(known) }),
    ...(resetting !== undefined && { resetting }),
    ...(known?.reset && { reset: known.reset }),
    conditions: conditionsOf([{ type: 'Ready', ok: false, reason, message }, ...newPartitionsChecks(known?.waiting ?? 0), ...knownResetChecks(object, resetting)], known?.conditions, now),
  };
}

/** Nothing of a replay that was not looked at yet. */
function knownResetChecks(object: KafkaConsumerGroup, resetting: string | undefined): Check[] {
  return resetting === undefined && pendingReset(object) ? [] : resetChecks(object, { resetting });
}

function knownProgress({ initialized, partitions, waiting }: Status): Partial<Status> {
  return { ...(initialized !== undefined && { initialized }), ...(partitions !== undefined && { partitions }), ...(waiting !== undefined && { waiting }) };
}

function observedGeneration({ metadata }: KafkaConsumerGroup): { observedGeneration?: number } {
  return metadata.generation === undefined ? {} : { observedGeneration: metadata.generation };
}

/** Absent before the first sync on servers that do not fill in defaults of status. */
function statusOf({ status }: KafkaConsumerGroup): Status | undefined {
  return status;
}

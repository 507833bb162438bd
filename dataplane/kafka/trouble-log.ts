import type { Logger } from '../../runtime/log.ts';

export interface TroubleLog {
  /** Says it, unless it was said already. */
  report(error: unknown): void;
  /** Says that it is over, if there was any. */
  over(): void;
}

/** Says a trouble once however often it is met, and once that it is over. */
export function troubleLog(log: Logger, what: string): TroubleLog {
  let said: string | undefined;
  let since = 0;
  return {
    report(error) {
      const reason = reasonOf(error);
      if (said === undefined) since = Date.now();
      if (said !== reason) log.warn(`${what}: ${reason}: trying again until it works`);
      said = reason;
    },
    over() {
      if (said !== undefined) log.info(`${what}: works again after ${Math.round((Date.now() - since) / 1000)} s`);
      said = undefined;
    },
  };
}

/** The innermost messages of an error of the Kafka client, which wraps them several times, in one line. */
export function reasonOf(error: unknown): string {
  return [...new Set(messages(error))].join(', ').replace(/\s+/g, ' ');
}

function messages(error: unknown): string[] {
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.flatMap((one) => messages(one));
  if (error instanceof Error && error.cause !== undefined) return messages(error.cause);
  return [(error instanceof Error ? error.message || error.name : String(error)).replace(/\.$/, '')];
}

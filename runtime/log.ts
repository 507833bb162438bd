import type { Logger } from 'pino';
import { pino } from 'pino';

export type { Logger };

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** The one configuration of logging: JSON lines on stdout, errors without values that may be credentials. */
export function createLogger(component: string, level: string): Logger {
  return pino({
    level,
    base: { component },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (name) => ({ level: name }) },
    redact: { paths: ['password', '*.password', '*.*.password', 'authorization', '*.authorization', 'err.options', 'err.config'], censor: '[redacted]' },
  });
}

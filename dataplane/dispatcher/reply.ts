import type { CloudEvent, PassThroughHeaders } from '../cloudevents/event.ts';
import { InvalidEventError } from '../cloudevents/event.ts';
import { eventFromHttp, passThroughFromHttp } from '../cloudevents/http.ts';
import type { Outcome } from './http/http-client.ts';

/** Longest reply that is taken. */
export const replyLimitBytes = 4 * 1024 * 1024;

export interface Reply {
  readonly event: CloudEvent;
  readonly passThrough: PassThroughHeaders;
}

/** What an accepting answer holds: an event, nothing, something that is no event, or more than is taken. 202 never holds a reply (S-1). */
export function replyOf(answer: Outcome): Reply | 'none' | 'no event' | 'too large' {
  if (answer.kind !== 'answered' || answer.status === 202) return 'none';
  if (answer.truncated) return 'too large';
  try {
    return { event: eventFromHttp(answer.rawHeaders, answer.body), passThrough: passThroughFromHttp(answer.rawHeaders) };
  } catch (error) {
    if (error instanceof InvalidEventError) return answer.body.length === 0 ? 'none' : 'no event';
    throw error;
  }
}

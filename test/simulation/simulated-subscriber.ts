import type { HttpClient, HttpRequest, Outcome } from '../../dataplane/dispatcher/http/http-client.ts';
import type { Attempt, History } from './history.ts';
import type { Place } from './simulated-topic.ts';
import { placeFrom } from './simulated-topic.ts';
import type { Sleeper, VirtualTime } from './virtual-time.ts';

/** How subscribers behave now. */
export interface Mood {
  calm: boolean;
  /** Answers take seconds. */
  slow: boolean;
}

export interface SimulatedClientOptions {
  readonly time: VirtualTime;
  readonly self: Sleeper;
  readonly random: () => number;
  readonly history: History;
  readonly mood: Mood;
  readonly by: string;
  owns(partition: number): boolean;
}

export const sinkUrl = 'http://sink/';
/** One event in so many is refused whenever it comes. */
const poisonEvery = 9;

/** What subscribers and a dead letter sink answer, and a record of every attempt. */
export function simulatedClient(options: SimulatedClientOptions): HttpClient {
  const { time, self, random, history } = options;
  return {
    post: (request) =>
      new Promise((resolve, reject) => {
        const place = request.headers[request.headers.findIndex((name) => name.toLowerCase() === 'ce-id') + 1] ?? '';
        const attempt: Attempt = { ...placeFrom(place), to: request.url === sinkUrl ? 'sink' : 'subscriber', by: options.by };
        history.begun(attempt, options.owns(attempt.partition));
        const abandon = (): void => {
          history.finished(attempt);
          reject(request.signal.reason as Error);
        };
        request.signal.addEventListener('abort', abandon, { once: true });
        const { afterMs, outcome } = answerTo(request, attempt, options);
        time.after(afterMs, () => {
          if (request.signal.aborted) return;
          request.signal.removeEventListener('abort', abandon);
          history.finished(attempt);
          if (attempt.to === 'sink' && outcome.kind === 'answered' && outcome.status === 200) history.letterAccepted(attempt);
          resolve(outcome);
        }, self);
      }),
    close: () => undefined,
  };

  function answerTo({ timeoutMs }: HttpRequest, attempt: Attempt, { mood }: SimulatedClientOptions): { afterMs: number; outcome: Outcome } {
    const afterMs = mood.slow && !mood.calm ? 2000 + random() * 4000 : 1 + random() * 100;
    const luck = mood.calm ? 1 : random();
    const isRefused = isPoison(attempt) || luck < 0.2;
    if (attempt.to === 'sink') return { afterMs, outcome: answered(luck < 0.3 ? 503 : 200) };
    if (luck < 0.03 || afterMs > timeoutMs) return { afterMs: timeoutMs, outcome: { kind: 'unanswered', error: 'no answer', failure: 'timeout' } };
    if (luck < 0.06) return { afterMs, outcome: answered(400) };
    return { afterMs, outcome: answered(isRefused ? 503 : 200) };
  }
}

function isPoison({ partition, offset }: Place): boolean {
  return (partition * 31 + offset) % poisonEvery === 0;
}

function answered(status: number): Outcome {
  return { kind: 'answered', status, rawHeaders: [], body: Buffer.alloc(0), truncated: false };
}

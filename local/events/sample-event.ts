import { setTimeout as delay } from 'node:timers/promises';

/** Sends one event in binary mode; settles with undefined once it is taken (202), else with the reason. A channel that has only just begun gets some time. */
export async function sendSample(url: string, id: string, signal: AbortSignal): Promise<string | undefined> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const refusal = await send(url, id, signal);
    if (refusal === undefined || Date.now() > deadline || signal.aborted) return refusal;
    await delay(200, undefined, { signal }).catch(() => undefined);
  }
}

async function send(url: string, id: string, signal: AbortSignal): Promise<string | undefined> {
  const headers = {
    'ce-specversion': '1.0',
    'ce-id': id,
    'ce-type': 'com.example.hello',
    'ce-source': '/npm-start',
    'ce-time': new Date().toISOString(),
    'content-type': 'application/json',
  };
  try {
    const answer = await fetch(url, { method: 'POST', headers, body: '{"message":"hello from npm start"}', signal: AbortSignal.any([signal, AbortSignal.timeout(5000)]) });
    const text = (await answer.text()).slice(0, 200).replaceAll(/\s+/g, ' ');
    return answer.status === 202 ? undefined : `${url} answered ${answer.status} ${text}`.trim();
  } catch (error) {
    const { message, cause } = error as Error;
    return `${url} cannot be reached: ${cause instanceof Error ? cause.message : message}`;
  }
}

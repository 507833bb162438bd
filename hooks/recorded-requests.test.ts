import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';

import { createLogger } from '../runtime/log.ts';
import { frozen, hooksConfigForTests } from '../test/support/hook-objects.ts';
import { kafkaWith } from '../test/support/kafka-fake.ts';
import { hookRoutes } from './routes.ts';

const folder = 'test/fixtures/metacontroller';
const kafka = kafkaWith({ topic: () => Promise.resolve(undefined), createTopic: () => Promise.resolve('id'), deleteTopic: () => Promise.resolve() });
const hooks = hookRoutes({ config: hooksConfigForTests, kafka, logger: createLogger('test', 'silent'), now: () => new Date('2026-11-22T09:00:00Z') });

const recorded = readdirSync(folder).map((file) => ({ file, ...(JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')) as { path: string; request: { related?: object }; response: object }) }));
/** What the controllers of today ask for, and those that were recorded did not. */
const askedFor: Readonly<Record<string, object>> = {
  '/secret/sync': { 'KafkaTopic.knative-kafka.io/v1': {} },
  '/kafkachannel/sync': { 'ConfigMap.v1': {}, 'Service.v1': {} },
  '/namespace/sync': { 'Secret.v1': {} },
};
/** Nothing of ours puts a finalizer on a Secret; the recordings are of a controller that did. */
const served = recorded.filter(({ path }) => path !== '/secret/finalize').map((each) => ({ ...each, request: { ...each.request, ...(askedFor[each.path] && { related: { ...each.request.related, ...askedFor[each.path] } }) } }));

describe('requests recorded from Metacontroller', () => {
  test.each(served)('$file is answered with fields of the same kind', async ({ path, request, response }) => {
    const answer = await hooks.get(path)?.(frozen(request));
    const main = ['relatedResources', 'attachments', 'children'].find((field) => field in response) ?? '';
    expect(answer).toHaveProperty(main, expect.any(Array));
    expect(JSON.parse(JSON.stringify(answer))).toEqual(answer);
  });

  test('are of most of the hooks', () => {
    expect([...new Set(served.map(({ path }) => path))].sort()).toEqual([
      '/kafkachannel/customize', '/kafkachannel/sync', '/kafkatopic/customize', '/kafkatopic/finalize', '/kafkatopic/sync', '/namespace/customize', '/namespace/sync', '/secret/sync',
    ]);
  });
});

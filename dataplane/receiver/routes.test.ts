import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createLogger } from '../../runtime/log.ts';
import { Routes } from './routes.ts';
import { targetOf } from './target.ts';

const orders = targetOf({ namespace: 'shop', name: 'orders' });

describe('Routes', () => {
  let folder = '';
  let file = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'routes-'));
    file = join(folder, 'routes.json');
  });
  afterEach(() => rm(folder, { recursive: true }));

  test('without a file, topics follow from names', async () => {
    const routes = new Routes(file, createLogger('test', 'silent'));
    await routes.read();
    expect(routes.topicOf(orders)).toBe('knative-messaging-kafka.shop.orders');
  });

  test('the file names topics; a broken one changes nothing; when it is gone, the last good one is kept', async () => {
    const routes = new Routes(file, createLogger('test', 'silent'));
    await writeFile(file, '{"shop/orders":{"topic":"legacy"},"shop/constructor":{"topic":"c"}}');
    await routes.read();
    expect(routes.topicOf(orders)).toBe('legacy');
    expect(routes.topicOf(targetOf({ namespace: 'shop', name: 'other' }))).toBe('knative-messaging-kafka.shop.other');
    for (const broken of ['{', '{"shop/orders":{}}', '[]']) {
      await writeFile(file, broken);
      await routes.read();
      expect(routes.topicOf(orders)).toBe('legacy');
    }
    await rm(file);
    await routes.read();
    expect(routes.topicOf(orders)).toBe('legacy');
    await writeFile(file, '{}');
    await routes.read();
    expect(routes.topicOf(orders)).toBe('knative-messaging-kafka.shop.orders');
  });
});

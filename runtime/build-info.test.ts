import { describe, expect, test } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AggregatorRegistry, Registry } from 'prom-client';

import { registerBuildInfo } from './build-info.ts';

async function seriesOf(registry: { metrics(): Promise<string> }): Promise<string[]> {
  return (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

describe('registerBuildInfo', () => {
  test('M1: tells the version of the package', async () => {
    const { version } = JSON.parse(await readFile(join(import.meta.dirname, '..', 'package.json'), 'utf8')) as { version: string };
    const registry = new Registry();
    registerBuildInfo(registry, 'hooks');
    expect(await seriesOf(registry)).toEqual([`kafkachannel_build_info{component="hooks",version="${version}",revision=""} 1`]);
  });

  test('M1: tells the commit where the package says it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'knative-kafka-build-'));
    const file = join(folder, 'package.json');
    await writeFile(file, JSON.stringify({ version: '1.2.3', gitHead: 'abc' }));
    const registry = new Registry();
    registerBuildInfo(registry, 'dispatcher', file);
    await rm(folder, { recursive: true });
    expect(await seriesOf(registry)).toEqual(['kafkachannel_build_info{component="dispatcher",version="1.2.3",revision="abc"} 1']);
  });

  test('M1: several workers are one receiver', async () => {
    const registry = new Registry();
    registerBuildInfo(registry, 'receiver');
    const ofWorkers = [await registry.getMetricsAsJSON(), await registry.getMetricsAsJSON()];
    expect(await seriesOf(AggregatorRegistry.aggregate(ofWorkers))).toEqual(await seriesOf(registry));
  });
});

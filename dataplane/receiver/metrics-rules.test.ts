import { expect, test } from '@jest/globals';

import { metricTroubles, promtoolSays } from '../../test/support/metric-rules.ts';
import { ByteBudget } from './byte-budget.ts';
import { receiverMetrics } from './metrics.ts';
import { targetOf } from './target.ts';

async function exported(): Promise<string> {
  const metrics = receiverMetrics(new ByteBudget(1000));
  metrics.answered({ target: targetOf({ namespace: 'shop', name: 'orders' }), status: 202, events: 1, seconds: 0.1 });
  metrics.rejected('method');
  metrics.produced(1, 0.1);
  return await metrics.registry.metrics();
}

test('M1: names, types and help follow the rules of Prometheus', async () => {
  expect(metricTroubles(await exported())).toEqual([]);
});

test('M1: promtool, which must be there in CI, has nothing to say', async () => {
  const said = await promtoolSays(await exported());
  if (said === undefined) process.stderr.write('SKIPPED: promtool is not on the PATH: set PROMTOOL_BIN\n');
  else expect(said).toEqual({ code: 0, output: '' });
});

test.each([
  ['# TYPE kafkachannel_events counter\n# HELP kafkachannel_events Events', '_total'],
  ['# TYPE kafkachannel_events_total gauge\n# HELP kafkachannel_events_total Events', 'no counter'],
  ['# TYPE kafkachannel_wait_ms gauge\n# HELP kafkachannel_wait_ms Wait', 'base unit'],
  ['# TYPE kafkachannel_x gauge\n', 'no help'],
  ['# TYPE kafka_x gauge\n# HELP kafka_x X', 'kafkachannel_'],
  ['# TYPE kafkachannel_x_count gauge\n# HELP kafkachannel_x_count X', 'belongs'],
  ['# TYPE kafkachannel_x_gauge gauge\n# HELP kafkachannel_x_gauge X', 'its type'],
])('the rules notice %j', (text, want) => expect(metricTroubles(text)).toEqual([expect.stringContaining(want)]));

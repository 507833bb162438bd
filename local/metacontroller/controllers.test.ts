import { expect, test } from '@jest/globals';

import { KafkaClients } from '../../hooks/kafka/kafka-clients.ts';
import { hookRoutes } from '../../hooks/routes.ts';
import { createLogger } from '../../runtime/log.ts';
import { hooksConfigForTests } from '../../test/support/hook-objects.ts';
import { shippedControllers } from './controllers.ts';
import { kindOf } from './resources.ts';

test('the shipped controllers are the six of the design, with hooks that are served and kinds that are known', () => {
  const controllers = shippedControllers();
  expect(controllers.map(({ name, type }) => `${type} ${name}`).sort()).toEqual([
    'composite kafkachannel',
    'composite kafkaconsumergroup',
    'composite kafkatopic',
    'decorator dispatcher-config',
    'decorator kafka-dispatchers',
    'decorator kafka-receivers',
    'decorator kafkachannel-subscribable',
  ]);
  const logger = createLogger('test', 'silent');
  const routes = hookRoutes({ config: hooksConfigForTests, logger, kafka: new KafkaClients({ timeoutMs: 1000, logger }), now: () => new Date() });
  for (const { hooks, parent, children } of controllers) {
    for (const path of Object.values(hooks)) expect(routes.has(path)).toBe(true);
    for (const { resource } of [parent, ...children]) expect(() => kindOf(resource)).not.toThrow();
  }
});

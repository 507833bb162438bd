import type { Scenario } from '../scenario.ts';
import { brokerScenarios } from './broker.ts';
import { mixedScenarios } from './mixed.ts';
import { networkScenarios } from './network.ts';
import { processScenarios } from './process.ts';
import { subscriberScenarios } from './subscriber.ts';

export const scenarios: readonly Scenario[] = [...processScenarios, ...subscriberScenarios, ...networkScenarios, ...brokerScenarios, ...mixedScenarios];

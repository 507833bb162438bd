import type { Scenario } from '../scenario.ts';
import { brokerScenarios } from './broker.ts';
import { networkScenarios } from './network.ts';
import { processScenarios } from './process.ts';

export const scenarios: readonly Scenario[] = [...processScenarios, ...brokerScenarios, ...networkScenarios];

import type { Scenario } from '../scenario.ts';
import { brokerScenarios } from './broker.ts';
import { mixedScenarios } from './mixed.ts';
import { networkScenarios } from './network.ts';
import { processScenarios } from './process.ts';
import { resourceScenarios } from './resource.ts';
import { speedScenarios } from './speed.ts';
import { subscriberScenarios } from './subscriber.ts';
import { topicScenarios } from './topic.ts';

export const scenarios: readonly Scenario[] = [...processScenarios, ...speedScenarios, ...resourceScenarios, ...subscriberScenarios, ...networkScenarios, ...brokerScenarios, ...topicScenarios, ...mixedScenarios];

import { describe, expect, test } from '@jest/globals';

import type { Logger } from '../../runtime/log.ts';
import { kafkaLog } from './kafka-log.ts';

function recording() {
  const lines: string[] = [];
  const say = (...args: unknown[]): void => void lines.push(String(args.at(-1)));
  return { lines, log: { warn: say, info: say } as unknown as Logger };
}

describe('kafkaLog', () => {
  test('says a trouble once with its remedy, and once that it is over', () => {
    const { lines, log } = recording();
    const said = kafkaLog(log);
    const error = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    said.answer();
    for (let i = 0; i < 3; i += 1) expect(said.noAnswer(error)).toContain('"bootstrap.servers"');
    said.answer();
    said.answer();
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain('ECONNREFUSED: check key "bootstrap.servers"');
    expect(lines[1]).toContain('works again');
  });

  test('says what hides a topic, once a minute', () => {
    const { lines, log } = recording();
    const said = kafkaLog(log, () => 0);
    for (let i = 0; i < 3; i += 1) said.hidden('a', new Error('topic a is hidden'));
    expect(lines).toEqual(['topic a is hidden']);
  });

  test('says of a topic one line a minute, however often it fails beside others', () => {
    const { lines, log } = recording();
    let now = 0;
    const said = kafkaLog(log, () => now);
    for (let i = 0; i < 10; i += 1) {
      said.rejection('a', 'NOT_ENOUGH_REPLICAS');
      said.answer();
      said.rejection('b', 'TOPIC_AUTHORIZATION_FAILED');
    }
    expect(lines).toEqual(['Kafka did not take events of topic a: NOT_ENOUGH_REPLICAS', 'Kafka did not take events of topic b: TOPIC_AUTHORIZATION_FAILED']);
    now = 60_000;
    said.rejection('a', 'NOT_ENOUGH_REPLICAS');
    expect(lines).toHaveLength(3);
  });
});

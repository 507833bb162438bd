import type { Logger } from '../../runtime/log.ts';
import { connectionTrouble } from '../kafka/connection-trouble.ts';
import { troubleLog } from '../kafka/trouble-log.ts';

/** What the log says of Kafka: each trouble once, and of each topic no more than a line a minute. */
export interface KafkaLog {
  /** Returns the one line that it says. */
  noAnswer(error: unknown): string;
  answer(): void;
  /** `why` Kafka did not take events of a topic. */
  rejection(topic: string, why: string): void;
  /** What hides a topic from us. */
  hidden(topic: string, error: Error): void;
}

const quietMs = 60_000;
const topicLimit = 1000;

export function kafkaLog(log: Logger, now: () => number = Date.now): KafkaLog {
  const trouble = troubleLog(log, 'Kafka');
  const said = new Map<string, number>();
  const say = (topic: string, line: string): void => {
    if (now() - (said.get(topic) ?? -Infinity) < quietMs) return;
    if (said.size >= topicLimit) said.clear();
    said.set(topic, now());
    log.warn({ topic }, line);
  };
  return {
    noAnswer(error) {
      const reason = connectionTrouble(error);
      trouble.report(new Error(reason));
      return reason;
    },
    answer: () => trouble.over(),
    rejection: (topic, why) => say(topic, `Kafka did not take events of topic ${topic}: ${why}`),
    hidden: (topic, error) => say(topic, error.message),
  };
}

import type { Kafka, KafkaAdmin } from '../../hooks/kafka/kafka-admin.ts';

/** A Kafka with the functions that a test gives it; any other that is called fails the test. `signal`: aborted where its caller's time is over. */
export function kafkaWith(functions: Partial<KafkaAdmin>, signal = new AbortController().signal): Kafka {
  const admin = new Proxy(functions as KafkaAdmin, {
    get: (target, name) => {
      if (Reflect.has(target, name)) return Reflect.get(target, name) as unknown;
      throw new Error(`the test did not expect ${String(name)}`);
    },
  });
  return { use: (_secret, work) => work(admin, signal), close: () => Promise.resolve() };
}

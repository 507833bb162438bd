import type { Kafka, KafkaAdmin } from '../../hooks/kafka/kafka-admin.ts';

/** A Kafka with the functions that a test gives it; any other that is called fails the test. */
export function kafkaWith(functions: Partial<KafkaAdmin>): Kafka {
  const admin = new Proxy(functions as KafkaAdmin, {
    get: (target, name) => {
      if (Reflect.has(target, name)) return Reflect.get(target, name) as unknown;
      throw new Error(`the test did not expect ${String(name)}`);
    },
  });
  return { use: (_secret, work) => work(admin, new AbortController().signal), close: () => Promise.resolve() };
}

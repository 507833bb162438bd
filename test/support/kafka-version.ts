/** The Apache Kafka that tests start; KAFKA_VERSION, or that of local/kafka/pom.xml where it is not set. */
export const kafkaVersion = process.env['KAFKA_VERSION'];

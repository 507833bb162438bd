/* Generated from crds/kafkatopic.yaml by "npm run generate". Do not edit. */

/**
 * A topic on the Kafka that a labelled Secret describes. Counts in the system namespace only.
 */
export interface KafkaTopic {
  apiVersion: string;
  kind: string;
  metadata: import('../../contract/object-meta.ts').ObjectMeta;
  /**
   * What is wanted.
   */
  spec: {
    /**
     * Name of the topic. Fixed.
     */
    topicName: string;
    /**
     * Name of the Secret that says which Kafka.
     */
    kafkaSecret: string;
    /**
     * Partitions, 4 by default; more are added when this grows.
     */
    partitions: number;
    /**
     * Copies of each partition, 1 by default; used when the topic is created.
     */
    replicas: number;
    /**
     * Topic configuration by Kafka's names.
     */
    config: {
      [k: string]: string;
    };
    /**
     * Keys of config that count; default all. What else is in config was not asked for by the channel, and is ignored.
     *
     * @maxItems 65
     *
     * Items: A key of config.
     */
    configKeys?: string[];
    /**
     * Managed topics, the default, are looked after here; External ones are never created, altered or deleted.
     */
    policy: 'Managed' | 'External';
    /**
     * Whether the topic goes with this object (Delete, the default), or stays.
     */
    deletionPolicy: 'Delete' | 'Retain';
  };
  /**
   * What is.
   */
  status: {
    /**
     * Generation of the spec that this status describes; -1 before the first.
     */
    observedGeneration?: number;
    /**
     * Id of the topic that was created here; only that one is ever deleted.
     */
    topicId?: string;
    /**
     * Partitions that exist.
     */
    partitions?: number;
    /**
     * What is known of the object, one entry a type.
     */
    conditions?: {
      /**
       * Name of the condition, in CamelCase.
       */
      type: string;
      /**
       * True, False or Unknown.
       */
      status: 'True' | 'False' | 'Unknown';
      /**
       * Why, for machines: one of the documented list.
       */
      reason?: string;
      /**
       * Why, for people: what to do.
       */
      message?: string;
      /**
       * Empty for what Ready depends on, Info for the rest.
       */
      severity?: string;
      /**
       * When status changed last.
       */
      lastTransitionTime?: string;
    }[];
  };
}

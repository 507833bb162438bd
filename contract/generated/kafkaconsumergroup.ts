/* Generated from crds/kafkaconsumergroup.yaml by "npm run generate". Do not edit. */

/**
 * The consumer group of one subscriber. Counts in the system namespace only.
 */
export interface KafkaConsumerGroup {
  apiVersion: string;
  kind: string;
  metadata: import('../../contract/object-meta.ts').ObjectMeta;
  /**
   * What is wanted.
   */
  spec: {
    /**
     * Id of the consumer group. Fixed.
     */
    group: string;
    /**
     * Name of the topic that it reads. Fixed.
     */
    topic: string;
    /**
     * Name of the Secret that says which Kafka.
     */
    kafkaSecret: string;
    /**
     * The channel as namespace/name.
     */
    channel?: string;
    /**
     * The Subscription's name.
     */
    subscriber?: string;
    /**
     * Where a new group starts: latest, the default, earliest, or a time (RFC 3339, UTC).
     */
    startAt: string;
    /**
     * Whether the group goes with this object (Delete, the default), or stays until Kafka lets its offsets expire.
     */
    deletionPolicy?: 'Delete' | 'Retain';
    /**
     * A replay; done once for each new id.
     */
    reset?: {
      /**
       * Name of the replay, new for each.
       */
      id: string;
      /**
       * Where to: latest, earliest, a time (RFC 3339, UTC), or offsets as partition:offset,partition:offset.
       */
      to: string;
    };
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
     * Whether a start offset was committed once for every partition.
     */
    initialized?: boolean;
    /**
     * Partitions that have an offset.
     */
    partitions?: number;
    /**
     * Partitions that are new and have no offset yet: consumers that are connected start them at their first event.
     */
    waiting?: number;
    /**
     * Events not delivered yet, rounded to two digits.
     */
    lag?: string;
    /**
     * Age of the oldest event not delivered, rounded.
     */
    oldest?: string;
    /**
     * Consumers in the group.
     */
    members?: number;
    /**
     * When lag and members changed last.
     */
    measuredAt?: string;
    /**
     * Id of the replay that waits for the consumers to leave; nothing is delivered meanwhile.
     */
    resetting?: string;
    /**
     * The last replay that was done.
     */
    reset?: {
      /**
       * Name of the replay.
       */
      id: string;
      /**
       * Offsets before, as partition:offset,partition:offset: a replay to them undoes this one.
       */
      from: string;
      /**
       * Offsets after, in the same form.
       */
      to: string;
      /**
       * When it was done.
       */
      at: string;
    };
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

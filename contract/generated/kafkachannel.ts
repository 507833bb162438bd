/* Generated from crds/kafkachannel.yaml by "npm run generate". Do not edit. */

/**
 * A channel for CloudEvents whose events are kept in a Kafka topic.
 */
export interface KafkaChannel {
  apiVersion: string;
  kind: string;
  metadata: import('../../contract/object-meta.ts').ObjectMeta;
  /**
   * What is wanted.
   */
  spec: {
    /**
     * Partitions of the topic, 4 by default; may only grow.
     */
    numPartitions: number;
    /**
     * Copies of each partition, 1 by default; fixed.
     */
    replicationFactor: number;
    /**
     * How long Kafka keeps an event (ISO-8601), PT168H by default.
     */
    retentionDuration: string;
    /**
     * Name of the labelled Secret in the system namespace that says which Kafka to use; default the only one, or the one annotated as default. A channel stays with the one that it uses, as long as that is there.
     */
    kafkaSecret?: string;
    /**
     * The Kafka topic behind the channel.
     */
    topic?: {
      /**
       * Name of the topic; default knative-messaging-kafka.<namespace>.<name>. Fixed.
       */
      name?: string;
      /**
       * Managed topics, the default, are created and configured here; External ones are never created, altered or deleted.
       */
      policy: 'Managed' | 'External';
      /**
       * What happens to a managed topic when the channel goes, Delete by default.
       */
      deletionPolicy: 'Delete' | 'Retain';
      /**
       * Topic configuration by Kafka's names, such as cleanup.policy.
       */
      config?: {
        [k: string]: string;
      };
    };
    /**
     * The Deployment that delivers the channel's events.
     */
    dispatcher?: {
      /**
       * Pods; useful up to one a partition, and 0 pauses delivery. Left to an autoscaler, or to kubectl scale, where it is not given; then 1 at first.
       */
      replicas?: number;
      /**
       * What of a Subscription is in the id of its consumer group, uid by default. With name, a Subscription that is deleted and applied again goes on where it was. Fixed when the channel is created.
       */
      groupIdFrom?: 'uid' | 'name';
      /**
       * Where a subscriber that is new starts, latest by default; earliest, or a time (RFC 3339, UTC), has it receive events from before. Subscribers that have started are left alone.
       */
      startAt?: string;
      /**
       * ordered, the default, keeps the order of a partition, keyed that of a key, unordered none.
       */
      deliveryOrder: 'ordered' | 'keyed' | 'unordered';
      /**
       * Most events under way at once, per subscription and pod; 64 by default.
       */
      maxInFlight: number;
      /**
       * Resource requests and limits of the dispatcher's container; by default 100m CPU and 128Mi are requested.
       */
      resources?: {
        /**
         * What the pod is given, by resource.
         */
        requests?: {
          cpu?: string | number;
          memory?: string | number;
          'ephemeral-storage'?: string | number;
        };
        /**
         * The most that the pod may take, by resource.
         */
        limits?: {
          cpu?: string | number;
          memory?: string | number;
          'ephemeral-storage'?: string | number;
        };
      };
    };
    /**
     * How events are delivered to subscribers that say nothing of their own.
     */
    delivery?: {
      /**
       * Where events go that could not be delivered.
       */
      deadLetterSink?: {
        /**
         * An object to resolve to an address.
         */
        ref?: {
          /**
           * API version of the object.
           */
          apiVersion?: string;
          /**
           * Kind of the object.
           */
          kind?: string;
          /**
           * Name of the object.
           */
          name?: string;
          /**
           * Namespace of the object; default the channel's.
           */
          namespace?: string;
        };
        /**
         * Absolute address, or one relative to that of ref.
         */
        uri?: string;
        /**
         * CA certificates (PEM) that the sink's certificate is checked with.
         */
        CACerts?: string;
        /**
         * OIDC audience of the sink.
         */
        audience?: string;
      };
      /**
       * Attempts after the first one; default 0.
       */
      retry?: number;
      /**
       * Longest time of one attempt (ISO-8601).
       */
      timeout?: string;
      /**
       * How the delay grows from attempt to attempt.
       */
      backoffPolicy?: 'linear' | 'exponential';
      /**
       * Delay before the first retry (ISO-8601).
       */
      backoffDelay?: string;
      /**
       * Longest Retry-After that is honoured (ISO-8601); PT0S ignores the header.
       */
      retryAfterMax?: string;
      /**
       * Content mode of delivered events: json is structured, binary is binary.
       */
      format?: 'json' | 'binary';
      [k: string]: unknown;
    };
    /**
     * Who receives the events; written by Knative's Subscription controller.
     *
     * @maxItems 1000
     */
    subscribers?: Subscriber[];
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
     * Further facts by name.
     */
    annotations?: {
      [k: string]: unknown;
    };
    /**
     * Where to send events.
     */
    address?: {
      /**
       * Address that takes events.
       */
      url: string;
      /**
       * Name of the address.
       */
      name?: string;
      /**
       * CA certificates (PEM) of the address.
       */
      CACerts?: string;
      /**
       * OIDC audience of the address.
       */
      audience?: string;
    };
    /**
     * Everywhere events can be sent to.
     */
    addresses?: {
      /**
       * Address that takes events.
       */
      url?: string;
      /**
       * Name of the address.
       */
      name?: string;
      /**
       * CA certificates (PEM) of the address.
       */
      CACerts?: string;
      /**
       * OIDC audience of the address.
       */
      audience?: string;
    }[];
    /**
     * Address of the channel's dead letter sink.
     */
    deadLetterSinkUri?: string;
    /**
     * CA certificates (PEM) of the dead letter sink.
     */
    deadLetterSinkCACerts?: string;
    /**
     * OIDC audience of the dead letter sink.
     */
    deadLetterSinkAudience?: string;
    /**
     * EventPolicies that apply.
     */
    policies?: {
      /**
       * API version of the policy.
       */
      apiVersion?: string;
      /**
       * Name of the policy.
       */
      name?: string;
    }[];
    /**
     * State of each subscriber, in the order of the spec.
     */
    subscribers?: SubscriberStatus[];
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
export interface Subscriber {
  /**
   * UID of the Subscription; part of the consumer group's id.
   */
  uid: string;
  /**
   * Name of the Subscription.
   */
  name?: string;
  /**
   * Generation of the Subscription.
   */
  generation?: number;
  /**
   * Where events are delivered to.
   */
  subscriberUri?: string;
  /**
   * CA certificates (PEM) of the subscriber.
   */
  subscriberCACerts?: string;
  /**
   * OIDC audience of the subscriber.
   */
  subscriberAudience?: string;
  /**
   * Where the subscriber's replies are delivered to.
   */
  replyUri?: string;
  /**
   * CA certificates (PEM) of the reply's destination.
   */
  replyCACerts?: string;
  /**
   * OIDC audience of the reply's destination.
   */
  replyAudience?: string;
  /**
   * Identity that events are delivered with.
   */
  auth?: {
    /**
     * ServiceAccount of the Subscription.
     */
    serviceAccountName?: string;
  };
  /**
   * How events are delivered to this subscriber; replaces the channel's as a whole.
   */
  delivery?: {
    /**
     * Where events go that could not be delivered.
     */
    deadLetterSink?: {
      /**
       * An object to resolve to an address.
       */
      ref?: {
        /**
         * API version of the object.
         */
        apiVersion?: string;
        /**
         * Kind of the object.
         */
        kind?: string;
        /**
         * Name of the object.
         */
        name?: string;
        /**
         * Namespace of the object; default the channel's.
         */
        namespace?: string;
      };
      /**
       * Absolute address, or one relative to that of ref.
       */
      uri?: string;
      /**
       * CA certificates (PEM) that the sink's certificate is checked with.
       */
      CACerts?: string;
      /**
       * OIDC audience of the sink.
       */
      audience?: string;
    };
    /**
     * Attempts after the first one; default 0.
     */
    retry?: number;
    /**
     * Longest time of one attempt (ISO-8601).
     */
    timeout?: string;
    /**
     * How the delay grows from attempt to attempt.
     */
    backoffPolicy?: 'linear' | 'exponential';
    /**
     * Delay before the first retry (ISO-8601).
     */
    backoffDelay?: string;
    /**
     * Longest Retry-After that is honoured (ISO-8601); PT0S ignores the header.
     */
    retryAfterMax?: string;
    /**
     * Content mode of delivered events: json is structured, binary is binary.
     */
    format?: 'json' | 'binary';
    [k: string]: unknown;
  };
}
export interface SubscriberStatus {
  /**
   * UID of the subscriber.
   */
  uid?: string;
  /**
   * Generation of the subscriber that this describes.
   */
  observedGeneration?: number;
  /**
   * True when from now on no event can be missed.
   */
  ready?: string;
  /**
   * Why it is not ready.
   */
  message?: string;
  /**
   * Identity that events are delivered with.
   */
  auth?: {
    /**
     * ServiceAccount of the Subscription.
     */
    serviceAccountName?: string;
  };
}

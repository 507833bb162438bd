/**
 * Every reason that a condition of ours can carry: the closed list. `remedy` is empty where nothing is to be done.
 * A reason marked `stalls` means that a person must act: its condition is False, and Stalled is True. All others are True or Unknown.
 */
export const reasons = {
  Ready: { meaning: 'It is as asked for.', remedy: '', stalls: false },
  TopicFound: { meaning: 'The topic was there before the KafkaTopic, or may be another channel\'s: it is used, and never deleted.', remedy: '', stalls: false },
  TopicExternal: { meaning: 'The topic is looked after by somebody else (policy External).', remedy: '', stalls: false },

  AddressPending: { meaning: 'The Service that gives the channel its address is not seen yet.', remedy: 'Wait.', stalls: false },
  ServicePending: { meaning: 'The Service of the channel is not there yet, or not as asked for.', remedy: 'Wait; if it stays, read the events of the KafkaChannel.', stalls: false },
  TopicPending: { meaning: 'The KafkaTopic is not there yet, or its last change is not seen yet.', remedy: 'Wait; if it stays, read the events of the Namespace.', stalls: false },
  TopicCreating: { meaning: 'The topic was asked for and Kafka has not said that it is there.', remedy: 'Wait.', stalls: false },
  TopicNotReady: { meaning: 'The topic is not on Kafka yet, or its KafkaTopic is not Ready.', remedy: 'Wait; if it stays, see the conditions of the KafkaTopic.', stalls: false },
  GroupPending: { meaning: 'The KafkaConsumerGroup is not there yet, or its last change is not seen yet.', remedy: 'Wait.', stalls: false },
  GroupActive: { meaning: 'Consumers that are not ours are connected to the group, so Kafka takes no start offsets.', remedy: 'Stop them, or wait until they have left.', stalls: false },
  PartitionsStarting: { meaning: 'Partitions that are new have no offset yet; they are read from their first event, and nothing is missed.', remedy: 'Wait; if it stays, see that the dispatcher runs.', stalls: false },
  Resetting: { meaning: 'A replay waits for the dispatcher to leave the group; nothing is delivered meanwhile.', remedy: 'Wait; if it stays, stop the consumers that are not ours.', stalls: false },
  DeploymentPending: { meaning: 'The Deployment is not there yet.', remedy: 'Wait.', stalls: false },
  DeploymentStarting: { meaning: 'No pod of the Deployment is available yet.', remedy: 'Wait.', stalls: false },
  DeploymentScaledToZero: { meaning: 'The Deployment is asked to run no pod.', remedy: 'Raise spec.dispatcher.replicas, for receivers RECEIVER_REPLICAS of the hooks; of a Deployment that is left to an autoscaler, its own.', stalls: false },
  KafkaUnreachable: { meaning: 'Kafka does not answer in time.', remedy: 'See that its brokers run, and that keys bootstrap.servers and protocol of the Kafka Secret are right.', stalls: false },
  DeadLetterSinkPending: { meaning: 'The object that the dead letter sink refers to is not there, or has no address yet.', remedy: 'Wait; if it stays, see that object.', stalls: false },
  Deleting: { meaning: 'The object is being deleted.', remedy: 'Wait.', stalls: false },
  NotConfigured: { meaning: 'It waits for the channel to be configured.', remedy: 'See the condition ConfigurationReady.', stalls: false },

  DeploymentFailed: { meaning: 'The Deployment makes no progress and has no available pod.', remedy: 'See its pods: kubectl describe.', stalls: true },
  NameInvalid: { meaning: 'The name of the channel cannot become a Service.', remedy: 'Make the channel again with a DNS label as its name.', stalls: true },
  SpecInvalid: { meaning: 'Part of the spec cannot be used: it is older than what its schema demands today, or more is requested than its own limit allows.', remedy: 'Mend the field that the message names.', stalls: true },
  ServiceTaken: { meaning: 'Somebody else\'s Service has the name of the channel\'s Service; it is left alone.', remedy: 'Delete it, or make the channel under another name.', stalls: true },
  TopicTaken: { meaning: 'The channel was deleted and made again with another topic before its KafkaTopic was gone, which is of the topic before.', remedy: 'Delete the channel, wait until its KafkaTopic is gone, and make it again.', stalls: true },
  NamespaceNotAllowed: { meaning: 'The Kafka Secret does not let this namespace use it.', remedy: 'Have its key namespaces.allowed extended, or name another Secret.', stalls: true },
  TopicNotAllowed: { meaning: 'The Kafka Secret does not let this channel name that topic.', remedy: 'Have its key topics.allowed extended, or make the channel again without spec.topic.name.', stalls: true },
  TopicConfigNotAllowed: { meaning: 'The Kafka Secret does not let channels set these topic settings.', remedy: 'Leave them out, or have its key topic.config.allowed extended.', stalls: true },
  CapExceeded: { meaning: 'The channel asks for more than the Kafka Secret allows.', remedy: 'Ask for less, or have the key that the message names raised.', stalls: true },
  KafkaSecretMissing: { meaning: 'There is no labelled Secret to take the connection from.', remedy: 'Make it in the system namespace, with label knative-kafka.io/kafka-secret=true.', stalls: true },
  KafkaSecretAmbiguous: { meaning: 'Several labelled Secrets are there, and none or more than one is the default.', remedy: 'Annotate one with knative-kafka.io/default-kafka-secret=true, or name one in spec.kafkaSecret.', stalls: true },
  KafkaSecretInUse: { meaning: 'The channel names another Secret than that of the Kafka that has its events; it runs on there.', remedy: 'Name that Secret again, or delete the channel and make it again.', stalls: true },
  KafkaSecretInvalid: { meaning: 'The Secret does not describe a connection to Kafka.', remedy: 'Mend the key that the message names.', stalls: true },
  KafkaAuthenticationFailed: { meaning: 'Kafka refuses the credentials of the Secret.', remedy: 'Mend user, password or sasl.mechanism in the Secret.', stalls: true },
  KafkaAuthorizationFailed: { meaning: 'Kafka does not let the user of the Secret do this.', remedy: 'Grant the access that the message names.', stalls: true },
  KafkaTlsFailed: { meaning: 'The certificate of Kafka, or that of the client, is not accepted.', remedy: 'Mend ca.crt, user.crt or user.key in the Secret.', stalls: true },
  KafkaRefused: { meaning: 'Kafka refuses the request.', remedy: 'Change what the message names.', stalls: true },
  TopicRefused: { meaning: 'Strimzi\'s Topic Operator says that it cannot do what its KafkaTopic asks for; the message is its own.', remedy: 'Change what the message names; where Kafka was only away, it tries again by itself.', stalls: true },
  TopicMissing: { meaning: 'The topic does not exist, and is not ours to create (policy External).', remedy: 'Create it, or set the policy to Managed.', stalls: true },
  DeadLetterSinkUnresolved: { meaning: 'The dead letter sink is a reference that cannot be resolved.', remedy: 'Give an absolute address in deadLetterSink.uri.', stalls: true },
  ResetInvalid: { meaning: 'The replay that is asked for cannot be done; delivery goes on.', remedy: 'Mend spec.reset.to, and give a new spec.reset.id.', stalls: true },
  WrongNamespace: { meaning: 'Objects of this kind count in the system namespace only.', remedy: 'Delete it.', stalls: true },
} as const satisfies Record<string, { meaning: string; remedy: string; stalls: boolean }>;

export type Reason = keyof typeof reasons;

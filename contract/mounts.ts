/** Where pods find their files, and the names of the variables that say so. Local mode puts folders of its own in their place. */
export const mountPath = {
  kafkaSecret: '/etc/knative-kafka/kafka',
  dispatcher: '/etc/knative-kafka/dispatcher',
  routes: '/etc/knative-kafka/routes',
  hooksToken: '/etc/knative-kafka/hooks-token',
} as const;

export const port = { receiver: 8080, management: 9090, hooks: 8080 } as const;

import { notedAutoscaler } from '../autoscaler.ts';
import { answeredChildren } from '../children.ts';
import type { HooksConfig } from '../config.ts';
import type { DecoratorAnswer, DecoratorRequest } from '../metacontroller.ts';
import { horizontalPodAutoscaler } from './horizontal-pod-autoscaler.ts';

/** A receiver's or dispatcher's Deployment -> the autoscaler that is noted on it. Deployments elsewhere are not ours. */
export function syncDeployment({ object, attachments }: DecoratorRequest, { systemNamespace }: HooksConfig): DecoratorAnswer {
  const autoscaler = object.metadata.namespace === systemNamespace ? notedAutoscaler(object) : undefined;
  return { attachments: answeredChildren(autoscaler ? [horizontalPodAutoscaler(object.metadata, autoscaler)] : [], attachments) };
}

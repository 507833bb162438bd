import { annotation } from '../../contract/names.ts';
import type { DecoratorAnswer } from '../metacontroller.ts';

/** CP-7: a KafkaChannel says which version of Knative's subscribable duck type it follows. Asked for channels that do not say so yet. */
export function markSubscribable(): DecoratorAnswer {
  return { annotations: { [annotation.subscribable]: 'v1' } };
}

import type { ChannelKey } from '../contract/names.ts';
import { channelId } from '../contract/names.ts';
import { RecentMap } from '../runtime/recent-map.ts';

interface Retention {
  readonly channel: ChannelKey;
  readonly seconds: number;
}

/** How long Kafka keeps the events of channels, as far as it was seen of late: each topic is looked at once a minute, in one of the replicas. */
export class TopicRetentions {
  readonly #byChannel: RecentMap<Retention>;

  /** `now`: milliseconds of a clock that is never set. */
  constructor(now?: () => number) {
    this.#byChannel = new RecentMap(now);
  }

  /** `seconds` is undefined where events are kept for ever, or it is not known. */
  tell(channel: ChannelKey, seconds: number | undefined): void {
    if (seconds === undefined) this.#byChannel.delete(channelId(channel));
    else this.#byChannel.tell(channelId(channel), { channel, seconds });
  }

  shown(): Retention[] {
    return this.#byChannel.values();
  }
}

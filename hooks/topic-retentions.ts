import type { ChannelKey } from '../contract/names.ts';
import { channelId } from '../contract/names.ts';

interface Retention {
  readonly channel: ChannelKey;
  readonly seconds: number;
  readonly toldMs: number;
}

/** For how long one is shown that is not told again. Each topic is looked at once a minute, in one of the replicas. */
const shownMs = 600_000;

/** How long Kafka keeps the events of channels, as far as it was seen of late. */
export class TopicRetentions {
  readonly #now: () => number;
  readonly #byChannel = new Map<string, Retention>();

  /** `now`: milliseconds of a clock that is never set. */
  constructor(now = () => performance.now()) {
    this.#now = now;
  }

  /** `seconds` is undefined where events are kept for ever, or it is not known. */
  tell(channel: ChannelKey, seconds: number | undefined): void {
    const key = channelId(channel);
    if (seconds === undefined) this.#byChannel.delete(key);
    else this.#byChannel.set(key, { channel, seconds, toldMs: this.#now() });
  }

  shown(): Retention[] {
    for (const [key, { toldMs }] of this.#byChannel) if (this.#now() - toldMs > shownMs) this.#byChannel.delete(key);
    return [...this.#byChannel.values()];
  }
}

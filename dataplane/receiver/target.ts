import type { ChannelKey } from '../../contract/names.ts';
import { channelId, channelOfHost, channelOfPath, topicName } from '../../contract/names.ts';
import { Refusal } from './refusal.ts';

/** A channel that requests name, with what follows from its name. */
export interface Target extends ChannelKey {
  readonly id: string;
  /** Its topic, unless the routes file says another. */
  readonly defaultTopic: string;
}

const rememberedLimit = 10_000;
/** Longer ones, with a query that nobody reads, say, are not worth their memory. */
const longestRemembered = 512;

/** Finds the channels of requests, and remembers what it has found: senders send the same lines again and again. */
export class Targets {
  readonly #found = new Map<string, Target>();

  /** The channel that the host names, else the one that the path names. Throws Refusal. */
  find(url: string, host: string): Target {
    const line = `${host} ${url}`;
    const known = this.#found.get(line);
    if (known) return known;
    const target = targetOf(channelOfRequest(url, host));
    if (line.length > longestRemembered) return target;
    if (this.#found.size >= rememberedLimit) this.#found.clear();
    this.#found.set(line, target);
    return target;
  }
}

export function targetOf(channel: ChannelKey): Target {
  return { ...channel, id: channelId(channel), defaultTopic: topicName(channel) };
}

function channelOfRequest(url: string, host: string): ChannelKey {
  const absolute = /^https?:\/\/([^/?#]*)([^?#]*)/i.exec(url);
  const channel = channelOfHost(absolute?.[1] ?? host) ?? channelOfPath(absolute?.[2] ?? url.replace(/[?#].*$/s, ''));
  if (!channel) throw new Refusal('unknown_channel', 'neither host nor path names a channel: send to <channel>-kn-channel.<namespace> or to /<namespace>/<channel>');
  return channel;
}

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

/** Finds the channels of requests, and remembers what it has found: senders send the same lines again and again. */
export class Targets {
  /** By host and URL. */
  readonly #found = new Map<string, Map<string, Target>>();
  #remembered = 0;

  /** The channel that the host names, else the one that the path names. Throws Refusal. */
  find(url: string, host: string): Target {
    return this.#found.get(host)?.get(url) ?? this.#remember(url, host, targetOf(channelOfRequest(url, host)));
  }

  #remember(url: string, host: string, target: Target): Target {
    if (this.#remembered >= rememberedLimit) {
      this.#found.clear();
      this.#remembered = 0;
    }
    this.#remembered += 1;
    const ofHost = this.#found.get(host);
    if (ofHost) ofHost.set(url, target);
    else this.#found.set(host, new Map([[url, target]]));
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

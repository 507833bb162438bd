import type { IncomingMessage } from 'node:http';

import type { ChannelKey } from '../../contract/names.ts';
import { channelOfHost, channelOfPath } from '../../contract/names.ts';
import { Refusal } from './refusal.ts';

/** The channel that a request is for: the one its host names, else the one its path names. Throws Refusal. */
export function channelOfRequest(request: Pick<IncomingMessage, 'url' | 'rawHeaders'>): ChannelKey {
  const { host, path } = addressOf(request);
  const channel = channelOfHost(host) ?? channelOfPath(path);
  if (!channel) throw new Refusal('unknown_channel', 'neither host nor path names a channel: send to <channel>-kn-channel.<namespace> or to /<namespace>/<channel>');
  return channel;
}

function addressOf({ url = '', rawHeaders }: Pick<IncomingMessage, 'url' | 'rawHeaders'>): { host: string; path: string } {
  const hosts = rawHeaders.filter((_value, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'host');
  const [host] = hosts;
  if (host === undefined || hosts.length > 1) throw new Refusal('bad_request', 'exactly one Host header is needed');
  const absolute = /^https?:\/\/([^/?#]*)([^?#]*)/i.exec(url);
  if (absolute) return { host: absolute[1] ?? '', path: absolute[2] ?? '' };
  return { host, path: url.replace(/[?#].*$/s, '') };
}

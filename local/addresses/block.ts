export interface Address {
  readonly name: string;
  readonly address: string;
}

const mostLines = 11;

/** The lines that say where everything is: aligned, at most 11 (the `curl` line makes 12); `channels` come first, and are cut when there are many. */
export function addressLines(channels: readonly Address[], others: readonly Address[]): string[] {
  const room = mostLines - others.length;
  const shown = channels.length <= room ? channels : [...channels.slice(0, room - 1), { name: 'More channels', address: `${channels.length - room + 1}, as /<namespace>/<channel>` }];
  const all = [...shown, ...others];
  const width = Math.max(...all.map(({ name }) => name.length));
  return all.map(({ name, address }) => `${name.padEnd(width)}  ${address}`);
}

/** A command that sends an event, to be pasted. */
export function curlLine(url: string): string {
  return `curl -i ${url} -H 'ce-specversion: 1.0' -H 'ce-id: 1' -H 'ce-type: com.example.hello' -H 'ce-source: /curl' -H 'content-type: application/json' -d '{"message":"hello"}'`;
}

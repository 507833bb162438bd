import { kindOfJson } from './json-grammar.ts';

/** The JSON document of an event from its attributes, `datacontenttype` included, and its data. */
export function documentOf(attributes: ReadonlyMap<string, string>, data: Buffer | undefined): string {
  const members = [...attributes].map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
  return `{${[...members, ...dataMembers(attributes, data)].join(',')}}`;
}

function dataMembers(attributes: ReadonlyMap<string, string>, data: Buffer | undefined): string[] {
  if (!data) return [];
  if (attributes.has('datacontentencoding')) return [`"data":${JSON.stringify(data.toString())}`];
  const text = utf8(data);
  const mediaType = (attributes.get('datacontenttype') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (text !== undefined && /^(application|text)\/(.+\+)?json$/.test(mediaType) && isJson(text)) return [`"data":${text}`];
  if (text !== undefined && /^text\/|[/+]xml$/.test(mediaType)) return [`"data":${JSON.stringify(text)}`];
  const base64 = JSON.stringify(data.toString('base64'));
  return attributes.get('specversion') === '0.3' ? ['"datacontentencoding":"base64"', `"data":${base64}`] : [`"data_base64":${base64}`];
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text of UTF-8 bytes, or undefined where they are none. */
export function utf8(bytes: Buffer): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

function isJson(text: string): boolean {
  try {
    kindOfJson(text);
    return true;
  } catch {
    return false;
  }
}

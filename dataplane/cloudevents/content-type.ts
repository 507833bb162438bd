import { InvalidEventError, structuredContentType } from './event.ts';
import { shown } from './attributes.ts';

const batchContentType = 'application/cloudevents-batch+json';

/** How a content type says that an event travels, or many. Throws InvalidEventError for event formats and charsets that are not taken. */
export function contentModeOf(contentType: string | undefined): 'binary' | 'structured' | 'batched' {
  if (contentType === undefined || !/^\s*application\/cloudevents/i.test(contentType)) return 'binary';
  const [mediaType = '', ...parameters] = contentType.toLowerCase().split(';').map((part) => part.trim());
  if (mediaType !== structuredContentType && mediaType !== batchContentType) throw new InvalidEventError(`content type ${shown(mediaType)}: the only event formats are ${structuredContentType} and ${batchContentType}`);
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length).replaceAll('"', '');
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8') throw new InvalidEventError(`content type ${mediaType}: charset ${shown(charset)}: must be utf-8`);
  return mediaType === batchContentType ? 'batched' : 'structured';
}

import { InvalidEventError, structuredContentType } from './event.ts';
import { shown } from './attributes.ts';

/** Whether a content type is that of a structured event. Throws InvalidEventError for batches, event formats and charsets that are not taken. */
export function isStructured(contentType: string | undefined): boolean {
  if (contentType === undefined || !/^\s*application\/cloudevents/i.test(contentType)) return false;
  const [mediaType = '', ...parameters] = contentType.toLowerCase().split(';').map((part) => part.trim());
  if (mediaType === 'application/cloudevents-batch+json') throw new InvalidEventError(`content type ${mediaType}: batches are not taken: send one event a request`);
  if (mediaType !== structuredContentType) throw new InvalidEventError(`content type ${shown(mediaType)}: the only event format is ${structuredContentType}`);
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length).replaceAll('"', '');
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8') throw new InvalidEventError(`content type ${mediaType}: charset ${shown(charset)}: must be utf-8`);
  return true;
}

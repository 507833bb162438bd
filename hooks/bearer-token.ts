import { createHash, timingSafeEqual } from 'node:crypto';

/** Whether an Authorization header carries the token. Takes the same time however much of it is right. */
export function hasBearerToken(authorization: string | undefined, token: string): boolean {
  const given = /^Bearer +(.+)$/i.exec(authorization ?? '')?.[1] ?? '';
  return timingSafeEqual(digest(given), digest(token)) && given !== '';
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

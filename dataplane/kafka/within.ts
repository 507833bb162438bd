/** An answer that takes longer than this is lost for good: it is more than connecting and a request may take by the client's own limits, which it does not always keep. */
export const lostAfterMs = 15_000;

/** Fails when the work takes longer: the client sometimes never says that it has lost an answer. */
export async function within<T>(limitMs: number, what: string, work: () => Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`${what}: no answer within ${limitMs / 1000} s`)), limitMs);
  try {
    return await Promise.race([work(), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

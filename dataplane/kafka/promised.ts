/** The Kafka client's callbacks as a promise. */
export function promised<T>(work: (callback: (error: Error | null, value?: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => work((error, value) => (error ? reject(error) : resolve(value as T))));
}

/** A copy of an object that lacks one field. */
export function withoutField<T extends object, K extends keyof T>(object: T, field: K): Omit<T, K> {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== field)) as Omit<T, K>;
}

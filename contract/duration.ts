const pattern = /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:[.,]\d+)?)S)?)?$/;
const day = 86_400_000;
const unitMs = [365 * day, 30 * day, 7 * day, day, 3_600_000, 60_000, 1000];

/** Milliseconds of an ISO-8601 duration such as `PT0.2S` or `P7D`, or undefined where it is none. A year counts 365 days, a month 30. */
export function parseDuration(text: string): number | undefined {
  if (text.length > 64) return undefined;
  const parts: (string | undefined)[] | undefined = pattern.exec(text)?.slice(1);
  if (!parts?.some((part) => part !== undefined) || text.endsWith('T')) return undefined;
  return Math.round(parts.reduce((sum, part, index) => sum + Number((part ?? '0').replace(',', '.')) * (unitMs[index] ?? 0), 0));
}

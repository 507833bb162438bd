/** The first value of a header, by its name in lower case; `headers`: name, value, name, value… */
export function headerNamed(headers: readonly string[], wanted: string): string | undefined {
  const index = headers.findIndex((text, position) => position % 2 === 0 && text.toLowerCase() === wanted);
  return index < 0 ? undefined : headers[index + 1];
}

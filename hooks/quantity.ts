const factors: Readonly<Record<string, number>> = {
  n: 1e-9, u: 1e-6, m: 1e-3, '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18,
  Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60,
};

/** Number that a quantity of Kubernetes stands for (`500m`, `1.5Gi`, `2e3`, 2); undefined for what is none. */
export function parseQuantity(quantity: string | number): number | undefined {
  const [, number = '', suffix = ''] = /^\+?(\d+(?:\.\d*)?|\.\d+)((?:[eE][-+]?\d+)|[a-zA-Z]{0,2})$/.exec(String(quantity).trim()) ?? [];
  if (number === '') return undefined;
  const factor = /^[eE][-+]?\d+$/.test(suffix) ? 10 ** Number(suffix.slice(1)) : factors[suffix];
  return factor === undefined ? undefined : Number(number) * factor;
}

const nano = 10n ** 9n;
const decimalSuffixes = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
/** Above, Kubernetes keeps no more than this. */
const largest = 2n ** 63n - 1n;

/**
 * A quantity as the API server stores it (`1000m` is `1`, `1.5Gi` is `1536Mi`, `1024Mi` is `1Gi`): in any other form, what is asked for would differ from what is there for ever.
 * What is no quantity, and what is too large for one, is left as it is.
 */
export function canonicalQuantity(quantity: string | number): string {
  const text = String(quantity).trim();
  const [, whole = '', fraction = '', suffix = ''] = /^\+?(\d*)(?:\.(\d*))?([eE][-+]?\d{1,2}|[a-zA-Z]{0,2})$/.exec(text) ?? [];
  const factor = nanosOf(suffix);
  if (factor === undefined || whole + fraction === '') return text;
  const nanos = roundedUp(BigInt(whole + fraction) * factor.numerator, 10n ** BigInt(fraction.length) * factor.denominator);
  if (nanos / nano > largest) return text;
  if (suffix.endsWith('i') && nanos >= 1024n * nano && nanos % nano === 0n) return formatted(nanos / nano, 1024n, binarySuffixes);
  return formatted(nanos, 1000n, /^[eE][-+\d]/.test(suffix) ? decimalExponents : decimalSuffixes);
}

const decimalExponents = decimalSuffixes.map((_, index) => (index === 3 ? '' : `e${3 * index - 9}`));

/** How many billionths a suffix stands for. */
function nanosOf(suffix: string): { numerator: bigint; denominator: bigint } | undefined {
  const binary = binarySuffixes.indexOf(suffix);
  if (binary >= 0) return { numerator: nano * 1024n ** BigInt(binary), denominator: 1n };
  const decimal = decimalSuffixes.indexOf(suffix);
  if (decimal >= 0) return { numerator: 1000n ** BigInt(decimal), denominator: 1n };
  if (!/^[eE][-+]?\d+$/.test(suffix)) return undefined;
  const exponent = Number(suffix.slice(1));
  return exponent >= 0 ? { numerator: nano * 10n ** BigInt(exponent), denominator: 1n } : { numerator: nano, denominator: 10n ** BigInt(-exponent) };
}

function roundedUp(numerator: bigint, denominator: bigint): bigint {
  return (numerator + denominator - 1n) / denominator;
}

/** With the largest unit that leaves no fraction. */
function formatted(amount: bigint, step: bigint, units: readonly string[]): string {
  if (amount === 0n) return '0';
  let left = amount;
  let unit = 0;
  for (; left % step === 0n && unit < units.length - 1; unit += 1) left /= step;
  return `${left}${units[unit] ?? ''}`;
}

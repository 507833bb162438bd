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

import { Lua } from 'wasmoon-lua5.1';

export interface Health {
  readonly status: string;
  readonly message: string;
}

/** What Argo CD leaves of Lua 5.1 to a health check: base, package, table, and of os the time. No methods of strings either. */
const strip = `
  local time, date = os.time, os.date
  getmetatable("").__index = nil
  string, io, math, debug, coroutine, os = nil, nil, nil, nil, nil, { time = time, date = date }
  package.loaded.string, package.loaded.io, package.loaded.math, package.loaded.debug, package.loaded.coroutine = nil, nil, nil, nil, nil
`;

/** Runs a health check of Argo CD on an object, in a real Lua 5.1. Throws an error for a check that fails or answers no health. */
export async function argoHealth(script: string, object: object): Promise<Health> {
  const lua = await Lua.create();
  try {
    const answer = lua.doStringSync(`obj = ${literal(object)}\n${strip}\nlocal health = (function()\n${script}\nend)()\nreturn (health.status or "") .. "\\n" .. (health.message or "")`) as string;
    const [status = '', ...message] = answer.split('\n');
    if (!['Healthy', 'Progressing', 'Degraded', 'Suspended'].includes(status)) throw new Error(`the check answers "${answer}", which is no health`);
    return { status, message: message.join('\n') };
  } finally {
    lua.global.close();
  }
}

/** A JSON value as Lua writes it. */
function literal(value: unknown): string {
  if (Array.isArray(value)) return `{${value.map(literal).join(', ')}}`;
  if (typeof value === 'object' && value !== null) return `{${Object.entries(value).map(([name, inner]) => `[${text(name)}] = ${literal(inner)}`).join(', ')}}`;
  if (typeof value === 'string') return text(value);
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : 'nil';
}

function text(value: string): string {
  return `"${[...Buffer.from(value)].map((byte) => `\\${String(byte).padStart(3, '0')}`).join('')}"`;
}

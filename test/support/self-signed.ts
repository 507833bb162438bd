import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate and its key, as PEM. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

/** A certificate for a host name that is its own authority. */
export function selfSigned(host: string): Identity {
  return made((files) => openssl([...request(host), '-keyout', files.key, '-out', files.cert]));
}

/** The same, which was valid until yesterday. */
export function expired(host: string): Identity {
  const { cert, key } = selfSigned(host);
  return made((files) => {
    writeFileSync(files.cert, cert);
    writeFileSync(files.key, key);
    openssl(['x509', '-in', files.cert, '-signkey', files.key, '-days', '-1', '-out', files.cert]);
  });
}

/** A certificate for a host name that another one vouches for. */
export function signedBy(authority: Identity, host: string): Identity {
  return made((files) => {
    writeFileSync(files.authorityCert, authority.cert);
    writeFileSync(files.authorityKey, authority.key);
    openssl([...request(host), '-CA', files.authorityCert, '-CAkey', files.authorityKey, '-keyout', files.key, '-out', files.cert]);
  });
}

function request(host: string): string[] {
  return ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`];
}

function openssl(args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: 'ignore' });
}

function made(make: (files: { cert: string; key: string; authorityCert: string; authorityKey: string }) => void): Identity {
  const folder = mkdtempSync(join(tmpdir(), 'knative-kafka-certificate-'));
  try {
    const files = { cert: join(folder, 'cert'), key: join(folder, 'key'), authorityCert: join(folder, 'authority-cert'), authorityKey: join(folder, 'authority-key') };
    make(files);
    return { cert: readFileSync(files.cert, 'utf8'), key: readFileSync(files.key, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

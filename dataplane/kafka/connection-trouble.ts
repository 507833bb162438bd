import { reasonOf } from './trouble-log.ts';

interface Remedy {
  /** Codes of Node, OpenSSL, the client or Kafka. */
  readonly codes: RegExp;
  readonly remedy: string;
}

const remedies: readonly Remedy[] = [
  { codes: /^UNSUPPORTED_SASL_MECHANISM$/, remedy: 'check key "sasl.mechanism" of the Kafka Secret' },
  { codes: /^(PLT_KFK_AUTHENTICATION|SASL_AUTHENTICATION_FAILED)$/, remedy: 'check keys "user", "password" and "sasl.mechanism" of the Kafka Secret' },
  { codes: /^ERR_TLS_CERT_ALTNAME_INVALID$/, remedy: 'the certificate is for another name: check key "bootstrap.servers" of the Kafka Secret, and what the brokers advertise' },
  { codes: /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_GET_ISSUER_CERT.*|UNABLE_TO_VERIFY_LEAF_SIGNATURE|CERT_.*)$/, remedy: 'check key "ca.crt" of the Kafka Secret' },
  { codes: /^(ERR_OSSL_.*PEM.*|ERR_OSSL_.*ASN1.*|ERR_OSSL_X509.*)$/, remedy: 'check keys "ca.crt", "user.crt" and "user.key" of the Kafka Secret' },
  { codes: /^(ERR_SSL_.*ALERT.*|ERR_SSL_SSLV3_ALERT.*)$/, remedy: 'the broker refused the client\'s certificate: check keys "user.crt" and "user.key" of the Kafka Secret' },
  { codes: /^(ERR_SSL_.*|EPROTO|PLT_KFK_USER)$/, remedy: 'check key "protocol" of the Kafka Secret' },
  { codes: /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|TIMED_OUT)$/, remedy: 'check key "bootstrap.servers" of the Kafka Secret, and whether Kafka runs' },
  // So it looks with TLS 1.3 where the broker does not take the client's certificate, among others.
  { codes: /^PLT_KFK_NETWORK$/, remedy: 'the broker ended it: check keys "protocol", "user.crt" and "user.key" of the Kafka Secret, and the log of the broker' },
];

/** Why Kafka cannot be reached, in one line with the keys of the Secret to look at; without any value of the Secret. */
export function connectionTrouble(error: unknown): string {
  const codes = codesOf(error);
  const remedy = remedies.find((one) => codes.some((code) => one.codes.test(code)))?.remedy;
  return remedy === undefined ? reasonOf(error) : `${reasonOf(error)}: ${remedy}`;
}

function codesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const { code, apiId } = error as { code?: unknown; apiId?: unknown };
  const inner = [...(error instanceof AggregateError ? (error.errors as unknown[]) : []), error.cause].flatMap(codesOf);
  // The client's own time limits have the code of any trouble of the network.
  const timedOut = error.message.includes('timed out') ? 'TIMED_OUT' : undefined;
  return [code, apiId, timedOut].filter((one) => typeof one === 'string').concat(inner);
}

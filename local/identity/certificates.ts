import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generate, type SelfsignedOptions } from 'selfsigned';

/** Files of a local certificate authority, in PEM. */
export interface CertificateFiles {
  /** What clients have to trust, for `NODE_EXTRA_CA_CERTS` or `curl --cacert`. */
  ca: string;
  /** Certificate and key for `localhost` and 127.0.0.1. */
  certificate: string;
  key: string;
}

const DAY_MS = 24 * 3_600_000;
/** Some clients refuse certificates that are valid for longer (825 days). */
const VALID_DAYS = 800;
/** Renewed when less than this is left. */
const RENEW_DAYS = 30;
const EC: SelfsignedOptions = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' };

/**
 * Makes sure that `directory` holds a certificate authority and a certificate that it has signed, both valid for a
 * while. The authority's own key is thrown away: nobody can sign more certificates with what is on the disk.
 */
export async function ensureCertificates(directory: string): Promise<CertificateFiles> {
  const files = {
    ca: join(directory, 'ca.pem'),
    certificate: join(directory, 'tls.pem'),
    key: join(directory, 'tls.key'),
  };
  if (Object.values(files).every((file) => existsSync(file)) && isFresh(files)) return files;

  const notAfterDate = new Date(Date.now() + VALID_DAYS * DAY_MS);
  const ca = await generate([{ name: 'commonName', value: 'Attune local certificate authority' }], {
    ...EC,
    notAfterDate,
    extensions: [
      { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const leaf = await generate([{ name: 'commonName', value: 'localhost' }], {
    ...EC,
    notAfterDate,
    ca: { key: ca.private, cert: ca.cert },
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  writeFileSync(files.key, leaf.private, { mode: 0o600 });
  writeFileSync(files.certificate, leaf.cert);
  writeFileSync(files.ca, ca.cert);
  return files;
}

function isFresh({ ca, certificate }: CertificateFiles): boolean {
  const authority = new X509Certificate(readFileSync(ca));
  const leaf = new X509Certificate(readFileSync(certificate));
  const renewal = Date.now() + RENEW_DAYS * DAY_MS;
  return leaf.verify(authority.publicKey) && [authority, leaf].every(({ validTo }) => Date.parse(validTo) > renewal);
}

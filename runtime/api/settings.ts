import { SettingError, type Environment } from '../clients/connection.ts';
import { SETTINGS } from '../contracts/settings.ts';

/** What the API reads from its app settings, apart from connections. */
export interface ApiSettings {
  /** Address and port to listen on; App Service sets `PORT`. */
  host: string;
  port: number;
  tenant: string;
  /** SHA-256 digests of accepted API keys. */
  keyDigests: readonly Buffer[];
  allowLoopback: boolean;
  /** OpenID issuer and audience of accepted tokens; absent: no tokens are accepted. */
  tokens: { issuer: string; audience: string } | undefined;
  /** Channels whose recommendations are announced. */
  outboundChannels: ReadonlySet<string>;
}

/**
 * Reads and checks the settings.
 * @throws {SettingError} naming the setting, its value and what is allowed.
 */
export function readSettings(env: Environment): ApiSettings {
  return {
    host: env[SETTINGS.host] || '0.0.0.0',
    port: readPort(env.PORT),
    tenant: env[SETTINGS.tenant] || 'default',
    keyDigests: list(env[SETTINGS.apiKeyDigests]).map(readDigest),
    allowLoopback: readFlag(SETTINGS.allowLoopback, env[SETTINGS.allowLoopback]),
    tokens: readTokens(env[SETTINGS.tokenIssuer], env[SETTINGS.tokenAudience]),
    outboundChannels: new Set(list(env[SETTINGS.outboundChannels])),
  };
}

function list(value: string | undefined): string[] {
  return (value ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

function readPort(value = '8080'): number {
  const port = Number(value);
  if (/^\d+$/.test(value) && port <= 65_535) return port;
  throw new SettingError(`PORT is "${value}": give a number from 0 to 65535.`);
}

/** The message leaves the value out: it may be a key that was put where its digest belongs. */
function readDigest(value: string, index: number): Buffer {
  if (/^[0-9a-fA-F]{64}$/.test(value)) return Buffer.from(value, 'hex');
  throw new SettingError(
    `Entry ${index + 1} of ${SETTINGS.apiKeyDigests} is not a SHA-256 digest: give 64 hexadecimal digits for each key, ` +
      'separated by commas.',
  );
}

function readFlag(name: string, value: string | undefined): boolean {
  if (value === 'true') return true;
  if (value === undefined || value === '' || value === 'false') return false;
  throw new SettingError(`${name} is "${value}": give true or false.`);
}

function readTokens(issuer: string | undefined, audience: string | undefined): ApiSettings['tokens'] {
  if (!issuer && !audience) return undefined;
  if (issuer && audience && URL.canParse(issuer)) return { issuer, audience };
  throw new SettingError(
    `${SETTINGS.tokenIssuer} is "${issuer ?? ''}" and ${SETTINGS.tokenAudience} "${audience ?? ''}": ` +
      'give the URL of the issuer and the audience, or neither.',
  );
}

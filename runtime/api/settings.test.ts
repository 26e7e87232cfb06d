import { describe, expect, it } from 'vitest';
import { SettingError } from '../clients/connection.ts';
import { readSettings } from './settings.ts';

const DIGEST = 'ab'.repeat(32);

describe('readSettings', () => {
  it('accepts nobody by default', () => {
    expect(readSettings({})).toEqual({
      host: '0.0.0.0',
      port: 8080,
      tenant: 'default',
      keyDigests: [],
      allowLoopback: false,
      tokens: undefined,
      outboundChannels: new Set(),
    });
  });

  it('reads every setting', () => {
    const settings = readSettings({
      API_HOST: '127.0.0.1',
      PORT: '0',
      ATTUNE_TENANT: 'contoso',
      API_KEY_SHA256: `${DIGEST}, ${DIGEST.toUpperCase()}`,
      API_ALLOW_LOOPBACK: 'true',
      API_TOKEN_ISSUER: 'https://login.example.com/v2.0',
      API_TOKEN_AUDIENCE: 'api://attune',
      OUTBOUND_CHANNELS: 'email, push',
    });
    expect(settings).toEqual({
      host: '127.0.0.1',
      port: 0,
      tenant: 'contoso',
      keyDigests: [Buffer.from(DIGEST, 'hex'), Buffer.from(DIGEST, 'hex')],
      allowLoopback: true,
      tokens: { issuer: 'https://login.example.com/v2.0', audience: 'api://attune' },
      outboundChannels: new Set(['email', 'push']),
    });
  });

  it.each([
    [{ PORT: '70000' }, 'PORT is "70000": give a number from 0 to 65535.'],
    [{ PORT: 'x' }, 'PORT is "x"'],
    [{ API_ALLOW_LOOPBACK: 'yes' }, 'API_ALLOW_LOOPBACK is "yes": give true or false.'],
    [{ API_KEY_SHA256: `${DIGEST},secret` }, 'Entry 2 of API_KEY_SHA256 is not a SHA-256 digest'],
    [{ API_TOKEN_ISSUER: 'https://x' }, 'give the URL of the issuer and the audience, or neither'],
    [{ API_TOKEN_ISSUER: 'x', API_TOKEN_AUDIENCE: 'y' }, 'API_TOKEN_ISSUER is "x"'],
  ])('refuses %j', (env, message) => {
    expect(() => readSettings(env)).toThrow(SettingError);
    expect(() => readSettings(env)).toThrow(message);
  });
});

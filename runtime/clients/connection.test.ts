import { describe, expect, it } from 'vitest';
import { CONNECTIONS } from '../contracts/settings.ts';
import { connection, SettingError } from './connection.ts';

describe('connection', () => {
  it('takes the connection string', () => {
    expect(connection({ Cosmos: ' AccountEndpoint=http://x;AccountKey=k; ' }, CONNECTIONS.cosmos)).toEqual({
      connectionString: 'AccountEndpoint=http://x;AccountKey=k;',
    });
  });

  it('takes the endpoint and signs in with an identity', () => {
    const target = connection(
      { EventHubs__fullyQualifiedNamespace: 'ns.servicebus.windows.net' },
      CONNECTIONS.eventHubs,
    );
    expect(target).toEqual({ endpoint: 'ns.servicebus.windows.net', credential: { getToken: expect.any(Function) } });
  });

  it('prefers the connection string, as Azure Functions does', () => {
    const env = { Registry: 'UseDevelopmentStorage=true', Registry__blobServiceUri: 'https://x' };
    expect(connection(env, CONNECTIONS.registry)).toEqual({ connectionString: 'UseDevelopmentStorage=true' });
  });

  it.each(Object.values(CONNECTIONS))('names both forms of $name when neither is set', (name) => {
    const missing = () => connection({ [name.name]: ' ' }, name);
    expect(missing).toThrow(SettingError);
    expect(missing).toThrow(`${name.name}__${name.property}`);
    expect(missing).toThrow(`or ${name.name} (a connection string)`);
  });
});

import type { SaslMechanisms } from './amqp/rheaInternals.ts';
import type { Claims } from './claims.ts';

/**
 * How clients may begin: `ANONYMOUS`, `MSSBCBS` and `EXTERNAL` promise tokens by CBS; `PLAIN` with a name
 * and key that are accepted gives all rights at once.
 */
export function saslMechanisms(
  isPlainAccepted: (name: string, key: string) => boolean,
  claims: Claims,
): SaslMechanisms {
  const tokens = () => ({ outcome: undefined as boolean | undefined, start: accept });
  const plain = () => ({
    outcome: undefined as boolean | undefined,
    start(response?: Buffer) {
      const [, name = '', key = ''] = response?.toString('utf8').split('\0') ?? [];
      this.outcome = isPlainAccepted(name, key);
      if (this.outcome) claims.grant({ path: '', expiresAt: Infinity });
    },
  });
  const mechanisms: SaslMechanisms = { MSSBCBS: tokens, ANONYMOUS: tokens, PLAIN: plain, EXTERNAL: tokens };
  // rhea looks the client's choice up by name, so names of Object's own members must not be found.
  return Object.assign(Object.create(null) as SaslMechanisms, mechanisms);
}

function accept(this: { outcome?: boolean }): void {
  this.outcome = true;
}

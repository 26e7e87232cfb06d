import { entraVerifier, type EntraOptions } from './entraTokens.ts';
import { anyToken, sasVerifier, type AccessKey, type TokenVerifier } from './tokens.ts';

/** How the callers of a namespace prove themselves. */
export interface Gate {
  verify: TokenVerifier;
  /** Nobody needs to. */
  isOpen: boolean;
  /** Whether a name and key are taken at once (SASL PLAIN). */
  isPlainAccepted(name: string, key: string): boolean;
}

/** By tokens of Microsoft Entra and roles (profile `faithful`), by the namespace's key, or, without either, not at all. */
export function gateOf({ entra, accessKey }: { entra?: EntraOptions; accessKey?: AccessKey }): Gate {
  if (entra) return { verify: entraVerifier(entra), isOpen: false, isPlainAccepted: () => false };
  if (!accessKey) return { verify: anyToken, isOpen: true, isPlainAccepted: () => true };
  return {
    verify: sasVerifier(accessKey),
    isOpen: false,
    isPlainAccepted: (name, key) => name === accessKey.name && key === accessKey.key,
  };
}

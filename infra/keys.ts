import { Config } from '@pulumi/pulumi';
import { requirePattern, wrongValue, type Checked } from '../components/shared/validate.ts';

/** A key of the project's configuration, with a value that would do, for the fix that an error names. */
export interface Key {
  name: string;
  example: string;
}

/** How a key is called in errors, and the command that corrects it. */
export function checked({ name, example }: Key): Checked {
  return { property: `attune:${name}`, fix: `Fix: pulumi config set attune:${name} ${example}` };
}

/** Text of a key; undefined where it is not set or empty. */
export function optionalText(config: Config, key: Key, pattern: RegExp, allowed: string): string | undefined {
  const value = config.get(key.name);
  return value === undefined || value === '' ? undefined : requirePattern(checked(key), value, pattern, allowed);
}

/** @throws {UserError} when the key is not set or does not match. */
export function requiredText(config: Config, key: Key, pattern: RegExp, allowed: string): string {
  return requirePattern(checked(key), config.get(key.name), pattern, allowed);
}

/** @throws {UserError} when the value is neither true nor false. */
export function flag(config: Config, key: Key, whenUnset: boolean): boolean {
  const value = config.get(key.name);
  if (value === undefined) return whenUnset;
  if (value === 'true' || value === 'false') return value === 'true';
  throw wrongValue(checked(key), value, 'true or false');
}

/** An absolute URL with one of the protocols; undefined where it is not set or empty. */
export function optionalUrl(config: Config, key: Key, protocols: readonly string[]): string | undefined {
  const value = config.get(key.name);
  if (value === undefined || value === '') return undefined;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url && protocols.includes(url.protocol)) return value;
  throw wrongValue(checked(key), value, `an absolute URL with ${protocols.map((name) => `${name}//`).join(' or ')}`);
}

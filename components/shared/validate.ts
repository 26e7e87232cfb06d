import { RunError } from '@pulumi/pulumi';

/**
 * A wrong value that the user of a component or of the configuration can correct. Pulumi prints the message alone,
 * without a stack.
 */
export class UserError extends RunError {}

/** A value to check: what it is called for its user, and how to correct it. */
export interface Checked {
  /** For example `tier` or `attune:tier`. */
  property: string;
  /** One imperative sentence, for example `Run: pulumi config set attune:tier dev`. */
  fix: string;
}

/** The error for a wrong value: one line with the property, the value, what is allowed and the fix. */
export function wrongValue({ property, fix }: Checked, value: unknown, allowed: string): UserError {
  const given = value === undefined ? 'is not set' : `is ${JSON.stringify(value)}`;
  return new UserError(`${property} ${given}: allowed is ${allowed}. ${fix}`);
}

/** @throws {UserError} when the value is not one of `allowed`. */
export function requireOneOf<T extends string>(checked: Checked, value: unknown, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) throw wrongValue(checked, value, `one of ${allowed.join(', ')}`);
  return found;
}

/** @throws {UserError} when the value is not text that matches `pattern`; `allowed` describes the pattern in words. */
export function requirePattern(checked: Checked, value: unknown, pattern: RegExp, allowed: string): string {
  if (typeof value !== 'string' || !pattern.test(value)) throw wrongValue(checked, value, allowed);
  return value;
}

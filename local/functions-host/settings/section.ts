import { HostError } from '../hostError.ts';
import { parseTimeSpan } from './timeSpan.ts';

/** Where the real host keeps the content of host.json in its configuration; its messages name values by it. */
const CONFIGURATION_ROOT = 'AzureFunctionsJobHost';

/** A bound of a value, with what the real host says when it is broken. */
export interface Bound {
  holds(value: number): boolean;
  /** The real host's message. */
  message: string;
  /** What is allowed, for whoever has to correct it. */
  allowed: string;
}

/**
 * An object of host.json that is read property by property, as .NET binds configuration: names in any case, numbers and
 * booleans also as texts, null as absent. A wrong value is a `HostError` with the real host's message and the full path.
 * Remembers what was read, so that what nobody knows can be named.
 */
export class Section {
  readonly path: string;
  readonly #values = new Map<string, { name: string; value: unknown }>();
  readonly #read = new Set<string>();
  readonly #nested: Section[] = [];

  constructor(value: unknown, path: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new HostError(`${path || 'the file'} must be a JSON object`);
    }
    this.path = path;
    for (const [name, entry] of Object.entries(value)) this.#values.set(name.toLowerCase(), { name, value: entry });
  }

  /** A nested object; an empty one when it is absent. */
  section(name: string): Section {
    const nested = new Section(this.#take(name) ?? {}, this.#pathOf(name));
    this.#nested.push(nested);
    return nested;
  }

  has(name: string): boolean {
    return (this.#values.get(name.toLowerCase())?.value ?? undefined) !== undefined;
  }

  /** Names of all properties, as they are written. */
  get names(): string[] {
    return Array.from(this.#values.values(), ({ name }) => name);
  }

  /** Takes properties as known whose values matter nowhere on this machine. */
  accept(...names: string[]): void {
    for (const name of names) this.#take(name);
  }

  text(name: string): string | undefined;
  text(name: string, fallback: string): string;
  text(name: string, fallback?: string): string | undefined {
    const value = this.#take(name) ?? fallback;
    if (value !== undefined && typeof value === 'object') throw this.#unconvertible(name, 'System.String', 'a text');
    return value === undefined ? undefined : String(value);
  }

  oneOf<Value extends string>(name: string, allowed: readonly Value[], fallback: Value, type: string): Value {
    const text = this.#take(name) ?? fallback;
    const match = allowed.find((value) => value.toLowerCase() === String(text).toLowerCase());
    if (match === undefined) throw this.#unconvertible(name, type, `one of ${allowed.join(', ')}`);
    return match;
  }

  boolean(name: string, fallback: boolean): boolean {
    const value = this.#take(name) ?? fallback;
    if (typeof value === 'boolean') return value;
    const text = String(value).toLowerCase();
    if (text !== 'true' && text !== 'false') throw this.#unconvertible(name, 'System.Boolean', 'true or false');
    return text === 'true';
  }

  integer(name: string, fallback: number, bound?: Bound): number;
  integer(name: string, fallback: undefined, bound?: Bound): number | undefined;
  integer(name: string, fallback: number | undefined, bound?: Bound): number | undefined {
    const value = this.#take(name) ?? fallback;
    if (value === undefined) return undefined;
    const number = typeof value === 'string' && /^\s*-?\d+\s*$/.test(value) ? Number(value) : value;
    if (!Number.isSafeInteger(number)) throw this.#unconvertible(name, 'System.Int32', 'a whole number');
    return this.#within(name, number as number, bound);
  }

  number(name: string, fallback: number): number {
    const value = this.#take(name) ?? fallback;
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    if (typeof number !== 'number' || !Number.isFinite(number)) {
      throw this.#unconvertible(name, 'System.Double', 'a number');
    }
    return number;
  }

  /** A .NET time span in ms. */
  timeSpan(name: string, fallbackMs: number, bound?: Bound): number {
    const text = this.#take(name);
    if (text === undefined) return fallbackMs;
    const ms = typeof text === 'string' ? parseTimeSpan(text) : undefined;
    if (ms === undefined) throw this.#unconvertible(name, 'System.TimeSpan', 'a time span such as "00:01:00"');
    return this.#within(name, ms, bound);
  }

  address(name: string): string | undefined {
    const text = this.text(name);
    if (text !== undefined && !URL.canParse(text)) throw this.#unconvertible(name, 'System.Uri', 'an absolute address');
    return text;
  }

  texts(name: string): string[] | undefined {
    const value = this.#take(name);
    if (value === undefined || value === null) return undefined;
    if (!Array.isArray(value) || !value.every((entry) => typeof entry === 'string')) {
      throw this.#unconvertible(name, 'System.Collections.Generic.ICollection`1[System.String]', 'a list of texts');
    }
    return value;
  }

  /** Full paths of the properties that nobody has read, here and in the nested objects that were. */
  unread(): string[] {
    const own = [...this.#values].filter(([key]) => !this.#read.has(key)).map(([, { name }]) => this.#pathOf(name));
    return [...own, ...this.#nested.flatMap((nested) => nested.unread())];
  }

  /** An error that ends with the path of a property, its value and what is allowed. */
  fault(name: string, message: string, allowed: string): HostError {
    const value = JSON.stringify(this.#values.get(name.toLowerCase())?.value);
    return new HostError(`${message} (${this.#pathOf(name)} is ${value}; allowed: ${allowed})`);
  }

  #take(name: string): unknown {
    const key = name.toLowerCase();
    this.#read.add(key);
    return this.#values.get(key)?.value ?? undefined;
  }

  #within(name: string, value: number, bound: Bound | undefined): number {
    if (bound && !bound.holds(value)) throw this.fault(name, bound.message, bound.allowed);
    return value;
  }

  #pathOf(name: string): string {
    const written = this.#values.get(name.toLowerCase())?.name ?? name;
    return this.path ? `${this.path}.${written}` : written;
  }

  #unconvertible(name: string, type: string, allowed: string): HostError {
    const key = `${CONFIGURATION_ROOT}:${this.#pathOf(name).replaceAll('.', ':')}`;
    return this.fault(name, `Failed to convert configuration value at '${key}' to type '${type}'.`, allowed);
  }
}

/** A bound from below, with the real host's message for it. */
export function atLeast(minimum: number, message: string, unit = 'a whole number'): Bound {
  return { holds: (value) => value >= minimum, message, allowed: `${unit} of at least ${minimum}` };
}

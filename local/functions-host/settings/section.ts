import { HostError } from '../hostError.ts';

const TIME_SPAN = /^(?:(\d+)\.)?(\d{1,2}):(\d{2}):(\d{2})(?:\.(\d{1,7}))?$/;

/** An object of host.json that is read property by property; a wrong value is a `HostError` naming its full path. */
export class Section {
  readonly path: string;
  readonly #values: Record<string, unknown>;

  constructor(value: unknown, path: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new HostError(`${path || 'the file'} must be a JSON object`);
    }
    this.path = path;
    this.#values = value as Record<string, unknown>;
  }

  get names(): string[] {
    return Object.keys(this.#values);
  }

  /** A nested object; an empty one when it is absent. */
  section(name: string): Section {
    return new Section(this.#values[name] ?? {}, this.#pathOf(name));
  }

  text(name: string, fallback: string): string {
    const value = this.#values[name] ?? fallback;
    if (typeof value !== 'string') throw this.#wrong(name, 'a text');
    return value;
  }

  oneOf<Value extends string>(name: string, allowed: readonly Value[], fallback: Value): Value {
    const text = this.text(name, fallback);
    const match = allowed.find((value) => value.toLowerCase() === text.toLowerCase());
    if (!match) throw this.#wrong(name, `one of ${allowed.join(', ')}`);
    return match;
  }

  integer(name: string, fallback: number, minimum: number): number {
    const value = this.#values[name] ?? fallback;
    if (!Number.isSafeInteger(value) || (value as number) < minimum) {
      throw this.#wrong(name, `a whole number of at least ${minimum}`);
    }
    return value as number;
  }

  /** A .NET time span (`[d.]hh:mm:ss[.fff]`) in ms; with `unlimited`, "-1" gives undefined. */
  timeSpan(name: string, fallback: string, { unlimited = false } = {}): number | undefined {
    const text = this.text(name, fallback);
    if (unlimited && text === '-1') return undefined;
    const parts = TIME_SPAN.exec(text);
    if (!parts) throw this.#wrong(name, `a time span such as "00:01:00"${unlimited ? ' or "-1" for no limit' : ''}`);
    const [, days = 0, hours = 0, minutes = 0, seconds = 0, fraction = ''] = parts;
    const whole = ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds);
    return whole * 1000 + Number(`0.${fraction || '0'}`) * 1000;
  }

  #pathOf(name: string): string {
    return this.path ? `${this.path}.${name}` : name;
  }

  #wrong(name: string, expected: string): HostError {
    return new HostError(`${this.#pathOf(name)} must be ${expected}, not ${JSON.stringify(this.#values[name])}`);
  }
}

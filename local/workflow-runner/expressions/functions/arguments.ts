import { isObject, typeName, type Json, type JsonObject } from '../../json.ts';
import { ExpressionError } from '../errors.ts';

const ORDINALS = ['first', 'second', 'third', 'fourth', 'fifth'];

/** The arguments of one call, read with the type that the function wants; a wrong type names function and position. */
export class Arguments {
  readonly name: string;
  readonly values: readonly Json[];
  /** Which arguments are written as floats, so that `5.0` is one. */
  readonly floats: readonly boolean[];

  constructor(args: { name: string; values: readonly Json[]; floats?: readonly boolean[] }) {
    this.name = args.name;
    this.values = args.values;
    this.floats = args.floats ?? [];
  }

  get count(): number {
    return this.values.length;
  }

  any(index: number): Json {
    return this.values[index] ?? null;
  }

  text(index: number): string {
    const value = this.any(index);
    return typeof value === 'string' ? value : this.#refuse(index, 'a string', value);
  }

  optionalText(index: number): string | undefined {
    return this.values[index] === undefined ? undefined : this.text(index);
  }

  number(index: number): number {
    const value = this.any(index);
    return typeof value === 'number' ? value : this.#refuse(index, 'a number', value);
  }

  integer(index: number): number {
    const value = this.any(index);
    return typeof value === 'number' && Number.isInteger(value) ? value : this.#refuse(index, 'an integer', value);
  }

  boolean(index: number): boolean {
    const value = this.any(index);
    return typeof value === 'boolean' ? value : this.#refuse(index, 'a boolean', value);
  }

  array(index: number): Json[] {
    const value = this.any(index);
    return Array.isArray(value) ? value : this.#refuse(index, 'an array', value);
  }

  /** A text or an array: what has a length and parts. */
  sequence(index: number): string | Json[] {
    const value = this.any(index);
    if (typeof value === 'string' || Array.isArray(value)) return value;
    return this.#refuse(index, 'a string or an array', value);
  }

  object(index: number): JsonObject {
    const value = this.any(index);
    return isObject(value) ? value : this.#refuse(index, 'an object', value);
  }

  /** Does what may refuse an argument by itself; the refusal then names the function. */
  attempt<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof ExpressionError) return this.fail(`cannot be evaluated: ${error.message}`);
      throw error;
    }
  }

  /** Throws the refusal of the whole call. */
  fail(why: string): never {
    throw new ExpressionError(`the function '${this.name}' ${why}`);
  }

  #refuse(index: number, wanted: string, value: Json): never {
    const position = ORDINALS[index] ?? `${index + 1}th`;
    return this.fail(
      `expects ${wanted} as its ${position} parameter, not ${shorten(JSON.stringify(value))} of type ${typeName(value)}`,
    );
  }
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** A function that depends on its arguments alone. */
export interface PlainFunction {
  /** Fewest and most arguments. */
  min: number;
  max: number;
  call(args: Arguments): Json;
}

import type { Fields } from './rheaInternals.ts';

/** What a peer asked for when it attached a link. */
export class AttachFacts {
  readonly name: string;
  /** Address of its source and target, when they are texts. */
  readonly sourceAddress: string | undefined;
  readonly targetAddress: string | undefined;
  /** Filters of its source by name, with the descriptor taken off. */
  readonly filters: ReadonlyMap<string, unknown>;
  readonly properties: Readonly<Fields>;
  readonly #desired: unknown;

  constructor(attach: Fields) {
    const source = attach.source as Fields | null;
    const target = attach.target as Fields | null;
    this.name = String(attach.name);
    this.sourceAddress = text(source?.address);
    this.targetAddress = text(target?.address);
    this.filters = new Map(Object.entries(fields(source?.filter)).map(([name, value]) => [name, plain(value)]));
    this.properties = fields(attach.properties);
    this.#desired = attach.desired_capabilities;
  }

  desires(capability: string): boolean {
    const desired = Array.isArray(this.#desired) ? this.#desired : [this.#desired];
    return desired.some((wish) => plain(wish) === capability);
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

/** A described value as rhea leaves it carries its content in `value`. */
function plain(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'value' in value ? value.value : value;
}

import type { CursorDocument, DeadLetterReason, DeltaDocument } from '../../contracts/documents.ts';
import { transitionsInto } from '../../scoring/transitions.ts';
import type { Poison, SubjectEvent } from './decodeEvent.ts';
import type { FoldObserver, FoldRules } from './foldProfile.ts';

const DELTA_TTL_SECONDS = 7 * 24 * 3600;
const MOST_JSON_BYTES_PER_CHARACTER = 6;
const NUMBER_AND_PUNCTUATION_BYTES = 30;

/** Document id of a delta: its first sequence number, so that ids sort like the events. */
export function deltaId(from: number): string {
  return String(from).padStart(16, '0');
}

/**
 * Collects what the events after a cursor taught and how many there were of each outcome. Events at or before the cursor
 * are in an earlier delta and leave no trace here.
 */
export class DeltaBuilder implements FoldObserver {
  /** Upper bound of the delta's size as JSON, bytes. */
  bytes = 0;
  readonly #cursor: CursorDocument;
  readonly #rules: FoldRules;
  readonly #popularity = new Map<string, number>();
  readonly #transitions = new Map<string, Map<string, number>>();
  readonly #deadLettered: Partial<Record<DeadLetterReason, number>>;
  #applied: number;
  #duplicates: number;
  #from = Infinity;
  #to: number;
  #time = 0;

  constructor({ cursor, rules }: { cursor: CursorDocument; rules: FoldRules }) {
    this.#cursor = cursor;
    this.#rules = rules;
    this.#applied = cursor.applied;
    this.#duplicates = cursor.duplicates;
    this.#deadLettered = { ...cursor.deadLettered };
    this.#to = cursor.sequence;
  }

  /** Whether any event lies after the cursor. */
  get hasEvents(): boolean {
    return this.#to > this.#cursor.sequence;
  }

  applied(event: SubjectEvent, previous: readonly string[]): void {
    if (!this.#covers(event.sequence)) return;
    this.#applied += 1;
    if (event.time > this.#time) this.#time = event.time;
    const { itemId } = event;
    const interest = this.#rules.interest(event.action);
    if (itemId === undefined || interest <= 0) return;
    this.#add(this.#popularity, itemId, interest);
    // Sessions count for popularity only; and an item that is touched twice in a row has not followed anything anew.
    if (event.kind === 'session' || previous.at(-1) === itemId) return;
    for (const [from, weight] of transitionsInto(previous, itemId, this.#rules.transitionWindow)) {
      let row = this.#transitions.get(from);
      if (!row) {
        this.#transitions.set(from, (row = new Map()));
        this.bytes += from.length * MOST_JSON_BYTES_PER_CHARACTER + NUMBER_AND_PUNCTUATION_BYTES;
      }
      this.#add(row, itemId, weight);
    }
  }

  repeated(event: SubjectEvent): void {
    if (this.#covers(event.sequence)) this.#duplicates += 1;
  }

  deadLettered({ reason }: Poison, sequence: number): void {
    if (this.#covers(sequence)) this.#deadLettered[reason] = (this.#deadLettered[reason] ?? 0) + 1;
  }

  /** The cursor after these events, still with the ETag of the one before. */
  cursor(): CursorDocument {
    return {
      ...this.#cursor,
      sequence: this.#to,
      applied: this.#applied,
      duplicates: this.#duplicates,
      deadLettered: this.#deadLettered,
    };
  }

  /** The delta document; also one without content, so that deltas follow each other without a gap. */
  delta(): DeltaDocument {
    return {
      id: deltaId(this.#from),
      partition: this.#cursor.partition,
      kind: 'delta',
      from: this.#from,
      to: this.#to,
      time: this.#time,
      popularity: dictionary(this.#popularity, (weight) => weight),
      transitions: dictionary(this.#transitions, (row) => [...row]),
      ttl: DELTA_TTL_SECONDS,
    };
  }

  #covers(sequence: number): boolean {
    if (sequence <= this.#cursor.sequence) return false;
    if (sequence < this.#from) this.#from = sequence;
    if (sequence > this.#to) this.#to = sequence;
    return true;
  }

  #add(sums: Map<string, number>, item: string, weight: number): void {
    const sum = sums.get(item);
    if (sum === undefined) this.bytes += item.length * MOST_JSON_BYTES_PER_CHARACTER + NUMBER_AND_PUNCTUATION_BYTES;
    sums.set(item, (sum ?? 0) + weight);
  }
}

/** An object without prototype is a hash table from the start; one that grows key by key is many times slower to build. */
function dictionary<Value, Result>(
  map: ReadonlyMap<string, Value>,
  convert: (value: Value) => Result,
): Record<string, Result> {
  const object = Object.create(null) as Record<string, Result>;
  for (const [key, value] of map) object[key] = convert(value);
  return object;
}

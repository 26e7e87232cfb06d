import fc from 'fast-check';
import { InteractionProcessor } from '../interactionProcessor.ts';
import { partitionMemory } from '../partitionMemory.ts';
import type { HubBatch } from '../ports.ts';
import { TransientStoreError } from '../../stores/transientError.ts';
import type { RetryPolicy } from '../../stores/retry.ts';
import { hubEvent, PARTITIONS, type EventLog } from './eventLog.ts';
import { TEST_RULES } from './expectedEffects.ts';
import type { Gate, MemoryStores } from './memoryStores.ts';

/** Something that goes wrong at the n-th call of a store during one delivery. */
export interface Fault {
  call: number;
  when: 'before' | 'after';
  /** `crash`: the process dies there. Else the store is away for so many calls. */
  kind: 'crash' | number;
}

/** One delivery: the next events after the checkpoint, to one of the function's instances. */
export interface Delivery {
  partition: number;
  size: number;
  instance: number;
  fault?: Fault;
  /** Every n-th profile write is answered with "busy"; 0: none. */
  busyEvery: number;
}

export const INSTANCES = 2;
const RETRY_ATTEMPTS = 3;

export const deliveries: fc.Arbitrary<Delivery[]> = fc.array(
  fc.record(
    {
      partition: fc.nat(PARTITIONS - 1),
      size: fc.integer({ min: 1, max: 12 }),
      instance: fc.nat(INSTANCES - 1),
      fault: fc.record({
        call: fc.nat(6),
        when: fc.constantFrom('before' as const, 'after' as const),
        kind: fc.oneof(fc.constant('crash' as const), fc.integer({ min: 1, max: RETRY_ATTEMPTS + 1 })),
      }),
      busyEvery: fc.nat(3),
    },
    { requiredKeys: ['partition', 'size', 'instance', 'busyEvery'] },
  ),
  { maxLength: 25 },
);

/** The process died. */
class Crash extends Error {}

/** How a test breaks what it tests, to see that it would be noticed. */
export interface Sabotage {
  /** Wraps the ports of an instance. */
  ports?(ports: ReturnType<MemoryStores['ports']>): ReturnType<MemoryStores['ports']>;
  /** Moves the checkpoint although the delivery failed. */
  checkpointEarly?: boolean;
}

export const immediateRetry: RetryPolicy = {
  attempts: RETRY_ATTEMPTS,
  baseMs: 0,
  maximumMs: 0,
  sleep: async () => undefined,
  random: () => 0,
};

/**
 * Plays the host of a partitioned log: delivers from the checkpoint, moves it after a success, starts a new instance
 * after a crash, and at the end delivers the rest to fresh instances without faults.
 */
export async function deliver(
  log: EventLog,
  steps: readonly Delivery[],
  stores: MemoryStores,
  sabotage: Sabotage = {},
) {
  const checkpoints = log.map(() => 0);
  const instances = Array.from({ length: INSTANCES }, () => startInstance(stores, sabotage));
  for (const step of steps) {
    const batch = batchOf(log, step.partition, checkpoints[step.partition]!, step.size);
    const instance = instances[step.instance]!;
    instance.expect(step);
    try {
      await instance.processor.process(batch);
    } catch (error) {
      if (error instanceof Crash) instances[step.instance] = startInstance(stores, sabotage);
      else if (!(error instanceof TransientStoreError)) throw error;
      if (!sabotage.checkpointEarly) continue;
    }
    checkpoints[step.partition]! += batch.events.length;
  }
  const last = startInstance(stores, sabotage).processor;
  for (const [partition, checkpoint] of checkpoints.entries()) {
    await last.process(batchOf(log, partition, checkpoint, log[partition]!.length));
  }
}

export function batchOf(log: EventLog, partition: number, from: number, size: number): HubBatch {
  const events = log[partition]!.slice(from, from + size).map((event, index) => hubEvent(event, from + index));
  return { hub: 'interactions', partition: String(partition), events };
}

/** A processor over the stores, as one instance of the function app runs it. */
export function processorOver(stores: MemoryStores, gate: Gate, sabotage: Sabotage = {}): InteractionProcessor {
  const ports = stores.ports(gate);
  return new InteractionProcessor({
    ...(sabotage.ports?.(ports) ?? ports),
    memory: partitionMemory(1_000_000),
    rules: TEST_RULES,
    retry: immediateRetry,
  });
}

function startInstance(stores: MemoryStores, sabotage: Sabotage) {
  let calls = 0;
  let away = 0;
  let step: Delivery | undefined;
  const gate: Gate = async (call, when) => {
    if (when === 'before') calls++;
    const fault = step?.fault;
    if (fault && calls === fault.call + 1 && when === fault.when && away === 0) {
      if (fault.kind === 'crash') throw new Crash(`crashed ${when} "${call}"`);
      away = fault.kind;
      step = { ...step!, fault: undefined };
    }
    if (away > 0 && when === (fault?.when ?? 'before')) {
      away--;
      throw new TransientStoreError(`away ${when} "${call}"`);
    }
  };
  const busy: Sabotage['ports'] = (ports) => {
    const { write } = ports.profiles;
    let written = 0;
    const busyNow = () => step !== undefined && step.busyEvery > 0 && ++written % (step.busyEvery + 1) === 0;
    ports.profiles.write = async (profiles) => {
      const skipped = new Set(profiles.filter(busyNow));
      const answers = await write(profiles.filter((profile) => !skipped.has(profile)));
      return profiles.map((profile) => (skipped.has(profile) ? { busy: true } : answers.shift()!));
    };
    return sabotage.ports?.(ports) ?? ports;
  };
  return {
    processor: processorOver(stores, gate, { ports: busy }),
    expect(next: Delivery) {
      calls = 0;
      away = 0;
      step = next;
    },
  };
}

import { ActionError, succeeded, type RunError } from '../engine/records.ts';
import type { ActionKind } from '../engine/actionKind.ts';
import { isObject, type Json, type JsonObject } from '../json.ts';

const MS = { second: 1000, minute: 60_000, hour: 3_600_000, day: 86_400_000, week: 604_800_000, month: 2_592_000_000 };

/** Delay and Delay until. The time it ends is kept, so a restart waits only for the rest. */
export const wait: ActionKind = {
  schema: {
    required: ['inputs'],
    properties: {
      inputs: {
        type: 'object',
        additionalProperties: false,
        oneOf: [{ required: ['interval'] }, { required: ['until'] }],
        properties: {
          interval: {
            type: 'object',
            required: ['count', 'unit'],
            additionalProperties: false,
            properties: { count: {}, unit: { type: 'string' } },
          },
          until: {
            type: 'object',
            required: ['timestamp'],
            additionalProperties: false,
            properties: { timestamp: { type: 'string' } },
          },
        },
      },
    },
  },
  async run({ definition, evaluate, once, services, pause }) {
    const inputs = evaluate(definition.inputs ?? {}) as JsonObject;
    const until = await once('until', () => endOfWait(inputs, services.timeScale));
    await pause(until - Date.now());
    return succeeded({ inputs });
  },
};

function endOfWait({ interval, until }: JsonObject, timeScale: number): number {
  if (isObject(until)) {
    const time = Date.parse(String(until.timestamp));
    return Number.isNaN(time) ? refuse(`${JSON.stringify(until.timestamp)} is not a time`) : time;
  }
  const { count, unit } = interval as JsonObject;
  const ms = MS[String(unit).toLowerCase() as keyof typeof MS];
  if (ms === undefined) return refuse(`the unit ${JSON.stringify(unit)} is not one of ${Object.keys(MS).join(', ')}`);
  if (typeof count !== 'number' || count < 0)
    return refuse(`the count ${JSON.stringify(count)} is not a number from 0`);
  return Date.now() + count * ms * timeScale;
}

function refuse(why: string): never {
  throw new ActionError({ code: 'BadRequest', message: `The delay cannot be computed: ${why}.` });
}

export const terminate: ActionKind = {
  schema: {
    required: ['inputs'],
    properties: {
      inputs: {
        type: 'object',
        required: ['runStatus'],
        additionalProperties: false,
        properties: {
          runStatus: { enum: ['Succeeded', 'Failed', 'Cancelled'] },
          runError: {
            type: 'object',
            additionalProperties: false,
            properties: { code: { type: 'string' }, message: { type: 'string' } },
          },
        },
      },
    },
  },
  async run({ definition, evaluate, terminate: end }) {
    const inputs = evaluate(definition.inputs ?? {}) as JsonObject;
    end(inputs.runStatus as 'Succeeded' | 'Failed' | 'Cancelled', runError(inputs.runError));
    return succeeded({ inputs });
  },
};

function runError(error: Json | undefined): RunError | undefined {
  if (!isObject(error)) return undefined;
  return { code: String(error.code ?? 'Terminated'), message: String(error.message ?? '') };
}

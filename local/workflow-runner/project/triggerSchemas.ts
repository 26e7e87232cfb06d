import { PROVIDER_INPUTS } from '../actions/serviceProvider.ts';
import type { JsonObject } from '../json.ts';
import { runtimeConfiguration } from './runtimeConfiguration.ts';

const CONDITIONS: JsonObject = {
  type: 'array',
  items: {
    type: 'object',
    required: ['expression'],
    additionalProperties: false,
    properties: { expression: { type: 'string', pattern: '^@' } },
  },
};

/** `splitOn` is an expression that gives an array. */
const SPLIT_ON: JsonObject = { type: 'string', pattern: '^@' };

const COMMON: JsonObject = {
  type: { type: 'string' },
  description: { type: 'string' },
  metadata: { type: 'object' },
  conditions: CONDITIONS,
  correlation: {
    type: 'object',
    additionalProperties: false,
    properties: { clientTrackingId: { type: 'string' } },
  },
  runtimeConfiguration: runtimeConfiguration({
    concurrency: {
      type: 'object',
      additionalProperties: false,
      properties: {
        runs: { type: 'integer', minimum: 1, maximum: 100 },
        maximumWaitingRuns: { type: 'integer', minimum: 1, maximum: 100 },
      },
    },
  }),
};

const NUMBERS = (maximum: number): JsonObject => ({
  type: 'array',
  minItems: 1,
  items: {
    anyOf: [
      { type: 'integer', minimum: 0, maximum },
      { type: 'string', pattern: '^\\d{1,2}$' },
    ],
  },
});

/** JSON Schemas of the triggers that the runner knows. */
export const triggerSchemas: ReadonlyMap<string, JsonObject> = new Map<string, JsonObject>([
  [
    'Request',
    {
      required: ['type', 'kind'],
      properties: {
        ...COMMON,
        kind: { enum: ['Http'] },
        inputs: {
          type: 'object',
          additionalProperties: false,
          properties: {
            schema: { type: 'object' },
            method: { enum: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] },
            relativePath: { type: 'string' },
          },
        },
        splitOn: SPLIT_ON,
        operationOptions: { enum: ['EnableSchemaValidation'] },
      },
    },
  ],
  [
    'ServiceProvider',
    {
      required: ['type', 'inputs'],
      properties: {
        ...COMMON,
        kind: { type: 'string' },
        inputs: {
          type: 'object',
          required: ['parameters', 'serviceProviderConfiguration'],
          additionalProperties: false,
          properties: PROVIDER_INPUTS,
        },
        splitOn: SPLIT_ON,
      },
    },
  ],
  [
    'Recurrence',
    {
      required: ['type', 'recurrence'],
      properties: {
        ...COMMON,
        recurrence: {
          type: 'object',
          required: ['frequency', 'interval'],
          additionalProperties: false,
          properties: {
            frequency: { enum: ['Second', 'Minute', 'Hour', 'Day', 'Week', 'Month'] },
            interval: { type: 'integer', minimum: 1 },
            startTime: { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d(:\\d\\d(\\.\\d+)?)?Z?$' },
            endTime: { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d(:\\d\\d(\\.\\d+)?)?Z?$' },
            timeZone: { type: 'string' },
            schedule: {
              type: 'object',
              additionalProperties: false,
              properties: {
                hours: NUMBERS(23),
                minutes: NUMBERS(59),
                weekDays: {
                  type: 'array',
                  minItems: 1,
                  items: { enum: ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] },
                },
              },
            },
          },
        },
      },
    },
  ],
]);

import type { Schema } from './common.ts';

export const acceptanceSchema: Schema = {
  title: 'Acceptance',
  type: 'object',
  required: ['accepted'],
  properties: {
    accepted: { type: 'integer', description: 'Events that were taken now.' },
    duplicates: { type: 'integer', description: 'Events that had been taken before, by their source and id.' },
  },
};

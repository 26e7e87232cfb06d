import { app } from '@azure/functions';
import { FUNCTIONS } from '../contracts/names.ts';

/** Function `health`: `GET /api/health`, for probes that only ask whether the app is loaded. */
export function registerHealth(): void {
  app.http(FUNCTIONS.health, {
    methods: ['GET'],
    authLevel: 'anonymous',
    handler: () => ({ jsonBody: { status: 'ok' } }),
  });
}

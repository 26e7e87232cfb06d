import { app } from '@azure/functions';

/** Function `health`: `GET /api/health`, for probes that only ask whether the app is loaded. */
export function registerHealth(): void {
  app.http('health', { methods: ['GET'], authLevel: 'anonymous', handler: () => ({ jsonBody: { status: 'ok' } }) });
}

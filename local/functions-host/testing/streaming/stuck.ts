import { app } from '@azure/functions';

/** The second entry file of the app: a function that never ends. */
app.http('stuck', { handler: () => new Promise<never>(() => undefined) });

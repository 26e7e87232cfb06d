import { expect } from 'vitest';
import type { TestHost } from '../testing/testHost.ts';
import type { TestHub } from '../testing/testHub.ts';

/** Code of an app whose function `events` logs each batch as JSON and then runs `body`; `options` are more of its options. */
export function eventHubApp(hub: TestHub, body = '', options = ''): string {
  return hubFunction(hub.trigger, body, options);
}

function hubFunction(trigger: string, body: string, options: string): string {
  return `app.eventHub('events', { ${trigger}, ${options} handler: async (events, context) => {
    context.log(JSON.stringify(events));
    ${body}
  } });`;
}

/** The same with a `gate` that calls may await, and how the test opens it for all of them. */
export function gated(
  hub: TestHub,
  body: string,
  trigger = hub.trigger,
): { code: string; open(host: TestHost): Promise<void> } {
  const code = `let open; const gate = new Promise((resolve) => { open = resolve; });
    app.http('open', { handler: () => { open(); return { status: 200 }; } });
    ${hubFunction(trigger, body, '')}`;
  return {
    code,
    async open(host) {
      expect((await host.get('/api/open')).status).toBe(200);
    },
  };
}

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** A call of a function of the test app. */
export interface RecordedCall {
  name: string;
  input: unknown;
  metadata?: Record<string, unknown>;
  retry?: { retryCount: number };
}

/** Where the functions of the test app report their calls; a function in `failing` throws that often. */
export interface Recorder {
  url: string;
  calls: RecordedCall[];
  failing: Map<string, number>;
  /** While it is pending, calls are not answered. */
  hold: Promise<void> | undefined;
  of(name: string): RecordedCall[];
  close(): Promise<void>;
}

export async function startRecorder(): Promise<Recorder> {
  const calls: RecordedCall[] = [];
  const failing = new Map<string, number>();
  const recorder = { hold: undefined as Promise<void> | undefined };
  const server = createServer((request, response) => {
    void json(request).then(async (body) => {
      const call = body as RecordedCall;
      calls.push(call);
      await recorder.hold;
      const failures = failing.get(call.name) ?? 0;
      if (failures > 0) failing.set(call.name, failures - 1);
      response.writeHead(failures > 0 ? 500 : 204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(recorder, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    failing,
    of: (name: string) => calls.filter((call) => call.name === name),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

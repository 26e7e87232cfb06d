import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** What a local service is started with; handed over in the environment variable `ATTUNE_SERVICE` as JSON. */
export interface ServiceStart {
  /** Folder that belongs to this service alone; created before the start. */
  dataDir: string;
  /** Bearer token of the control endpoint. */
  token: string;
  /** Ports of an earlier start of the same service, so that a restart keeps its addresses; else absent. */
  ports?: Record<string, number>;
  /** Settings of the service itself. */
  options: Record<string, unknown>;
}

/** A started service: its addresses and what its owner may ask of it. */
export interface Service {
  /** Ports it listens on, by name. */
  ports: Record<string, number>;
  /** Control methods; parameters and results are JSON values. A thrown `ControlError` goes back to the caller. */
  methods: Record<string, (params: never) => Promise<unknown> | unknown>;
  /** Ends gracefully: finishes what was accepted, closes its connections in the way its protocol asks for. */
  stop(): Promise<void>;
}

/** What whoever started the service or called a control method has to mend: its message is one line, no stack is shown. */
export class ControlError extends Error {}

/** The line a service prints to standard output once it can be used. */
export interface ReadyLine {
  ready: { control: number; ports: Record<string, number> };
}

/**
 * Runs a local service as a process of its own: starts it, serves its control methods as `POST /<method>` on a
 * loopback port, prints the ready line and stops on SIGTERM, SIGINT or when its owner goes away (standard input ends).
 * A start that throws a `ControlError` ends the process with code 1 and its message as the last line of the log.
 */
export async function hostService(start: (args: ServiceStart) => Promise<Service>): Promise<void> {
  const args = JSON.parse(process.env.ATTUNE_SERVICE ?? 'null') as ServiceStart | null;
  if (!args) throw new Error('ATTUNE_SERVICE is not set: local services are started by `npm start`.');
  const service = await start(args).catch((error: unknown) => {
    if (!(error instanceof ControlError)) throw error;
    console.error(error.message);
    process.exit(1);
  });

  const control = createServer((request, response) => {
    void answer(service, args.token, request).then(({ status, body }) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body ?? null));
    });
  });
  await new Promise<void>((resolve) => control.listen(0, '127.0.0.1', resolve));

  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    control.close();
    service.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  process.stdin.once('end', stop).once('error', stop).resume();

  const line: ReadyLine = { ready: { control: (control.address() as AddressInfo).port, ports: service.ports } };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

async function answer(
  service: Service,
  token: string,
  request: IncomingMessage,
): Promise<{ status: number; body: unknown }> {
  if (request.headers.authorization !== `Bearer ${token}`)
    return { status: 401, body: { error: 'wrong control token' } };
  const name = (request.url ?? '/').slice(1);
  const method = Object.hasOwn(service.methods, name) ? service.methods[name] : undefined;
  if (!method) return { status: 404, body: { error: `unknown control method "${name}"` } };
  try {
    const params = JSON.parse((await text(request)) || 'null') as never;
    return { status: 200, body: await method(params) };
  } catch (error) {
    if (error instanceof ControlError) return { status: 400, body: { error: error.message } };
    console.error(error);
    return { status: 500, body: { error: error instanceof Error ? (error.stack ?? error.message) : String(error) } };
  }
}

import { retryAfterMs } from './retryAfter.ts';

const DEFAULT_WAIT_MS = 10_000;

/** Sends a request with what all requests of the action have in common. */
export type Send = (
  url: string,
  init: { method: string; headers?: Record<string, string>; body?: Uint8Array<ArrayBuffer> },
) => Promise<Response>;

/**
 * The asynchronous pattern of Logic Apps: an answer 202 with a `Location` is followed with GET, after the wait of its
 * `Retry-After`, until another status comes.
 */
export async function followAccepted(args: {
  response: Response;
  send: Send;
  pause: (ms: number) => Promise<void>;
  timeScale: number;
}): Promise<Response> {
  let { response } = args;
  let location = response.headers.get('location');
  while (response.status === 202 && location !== null) {
    await response.arrayBuffer();
    const wait = retryAfterMs(response.headers.get('retry-after')) || DEFAULT_WAIT_MS;
    await args.pause(wait * args.timeScale);
    const url = new URL(location, response.url).href;
    response = await args.send(url, { method: 'GET' });
    location = response.headers.get('location') ?? url;
  }
  return response;
}

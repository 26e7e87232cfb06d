const DEFAULT_WAIT_SECONDS = 10;

/** Sends a request with what all requests of the action have in common. */
export type Send = (
  url: string,
  init: { method: string; headers?: Record<string, string>; body?: Uint8Array<ArrayBuffer> },
) => Promise<Response>;

/**
 * The asynchronous pattern of Logic Apps: an answer 202 with a `Location` is followed with GET, after `Retry-After`
 * seconds, until another status comes.
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
    const seconds = Number(response.headers.get('retry-after') ?? DEFAULT_WAIT_SECONDS) || DEFAULT_WAIT_SECONDS;
    await args.pause(seconds * 1000 * args.timeScale);
    const url = new URL(location, response.url).href;
    response = await args.send(url, { method: 'GET' });
    location = response.headers.get('location') ?? url;
  }
  return response;
}

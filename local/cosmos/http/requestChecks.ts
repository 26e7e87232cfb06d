import type { IncomingHttpHeaders } from 'node:http';
import { badRequest, CosmosError, SUBSTATUS } from '../errors.ts';
import type { Container } from '../store/container.ts';
import { header } from './headers.ts';

const TRIGGERS = ['x-ms-documentdb-pre-trigger-include', 'x-ms-documentdb-post-trigger-include'];

/** Refuses by name what a request for items asks for and this service has not. */
export function refuseUnsupported(headers: IncomingHttpHeaders): void {
  for (const name of TRIGGERS) {
    const triggers = header(headers, name);
    if (triggers !== undefined) {
      throw badRequest(`Triggers are not supported by the local service: header ${name}: ${triggers}.`);
    }
  }
  const directive = header(headers, 'x-ms-indexing-directive');
  if (directive?.toLowerCase() === 'exclude') {
    throw badRequest(
      'The indexing directive "Exclude" is not supported by the local service: exclude paths by the indexing policy.',
    );
  }
}

/** 404 with substatus 1002 for a session that has seen more than there is: its data has been replaced or lost. */
export function requireSession(headers: IncomingHttpHeaders, { sequence }: Container): void {
  const token = header(headers, 'x-ms-session-token');
  const seen = token === undefined ? undefined : /(?:^|,)0:(?:-?\d+#)?(\d+)/.exec(token)?.[1];
  if (seen === undefined || Number(seen) <= sequence) return;
  throw new CosmosError(
    `The read session is not available for the input session token: it is at ${seen}, the container at ${sequence}.`,
    { status: 404, substatus: SUBSTATUS.sessionNotAvailable },
  );
}

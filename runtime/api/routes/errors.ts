import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Socket } from 'node:net';
import { describeError, type Log } from '../log.ts';
import { Problem, PROBLEM_CONTENT_TYPE } from '../http/problem.ts';
import { invalidRequest } from '../http/requestValidation.ts';

/** Answers every error, unknown path and unreadable request as problem details. */
export function answerErrors(app: FastifyInstance, log: Log): void {
  app.setErrorHandler((error: FastifyError | Problem, request, reply) => answer(reply, toProblem(error, request, log)));
  app.setNotFoundHandler((request, reply) => {
    answer(reply, new Problem('not-found', `There is nothing at ${path(request)}.`));
  });
}

export function answer(reply: FastifyReply, problem: Problem): FastifyReply {
  return reply
    .code(problem.status)
    .headers(problem.headers)
    .header('content-type', PROBLEM_CONTENT_TYPE)
    .serializer(JSON.stringify)
    .send(problem.details());
}

/** What Fastify itself refuses, in our words; anything unexpected is a fault of ours and logged with its stack. */
export function toProblem(error: FastifyError | Problem, request: FastifyRequest, log: Log): Problem {
  if (error instanceof Problem) return error;
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new Problem('payload-too-large', `The body has more than ${request.routeOptions.bodyLimit} bytes.`);
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return unsupportedMediaType(`content type ${JSON.stringify(request.headers['content-type'] ?? '')}`, request);
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new Problem('invalid-request', 'The body is not as long as Content-Length says.');
    case 'FST_ERR_BAD_URL':
      return invalidRequest([{ path: '/path', reason: 'must be percent-encoded UTF-8' }]);
  }
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    return new Problem('invalid-request', error.message);
  }
  log('error', 'request failed', {
    method: request.method,
    path: path(request),
    error: describeError(error),
    stack: error.stack,
  });
  return new Problem('internal-error', 'The service failed on this request. It has been logged.');
}

/** Answers a connection whose bytes are not a request that can be read. */
export function answerUnreadable(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? new Problem('headers-too-large', 'The request headers have more than 16 KiB.')
      : new Problem('invalid-request', 'The bytes received are not an HTTP/1.1 request.');
  const body = JSON.stringify(problem.details());
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.details().title}\r\nContent-Type: ${PROBLEM_CONTENT_TYPE}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

/** 415 that says what is taken instead. */
export function unsupportedMediaType(what: string, request: FastifyRequest): Problem {
  const accepted = request.routeOptions.config.accepts ?? ['application/json'];
  return new Problem('unsupported-media-type', `The ${what} is not taken here; send ${accepted.join(' or ')}.`);
}

function path(request: FastifyRequest): string {
  return request.url.split('?', 1)[0]!.slice(0, 200);
}

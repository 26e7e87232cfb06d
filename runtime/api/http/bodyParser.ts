import type { FastifyInstance, FastifyRequest } from 'fastify';
import { unsupportedMediaType } from '../routes/errors.ts';
import { parseJson } from './jsonBody.ts';

/** Lets a scope's routes take JSON bodies of these content types, and nothing else. */
export function acceptJson(app: FastifyInstance, contentTypes: readonly string[]): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<Buffer>([...contentTypes], { parseAs: 'buffer' }, (request, body, done) => {
    try {
      checkEncoding(request);
      done(null, parseJson(body));
    } catch (error) {
      done(error as Error);
    }
  });
}

/** JSON is UTF-8 (RFC 8259), and bodies are taken as they are, not compressed. */
function checkEncoding(request: FastifyRequest): void {
  const { 'content-type': contentType = '', 'content-encoding': encoding } = request.headers;
  if (encoding !== undefined && encoding !== 'identity') {
    throw unsupportedMediaType(`content encoding "${encoding}"`, request);
  }
  const charset = /;\s*charset="?([^";\s]+)/i.exec(contentType)?.[1];
  if (charset !== undefined && !/^(utf-8|utf8|us-ascii)$/i.test(charset)) {
    throw unsupportedMediaType(`charset "${charset}"`, request);
  }
}

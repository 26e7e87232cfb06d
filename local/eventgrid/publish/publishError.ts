import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';

/** Code of the error, and of its detail. */
const CODES = {
  400: { code: 'BadRequest', detail: 'BadRequest' },
  401: { code: 'Unauthorized', detail: 'Unauthorized' },
  403: { code: 'Forbidden', detail: 'Forbidden' },
  404: { code: 'NotFound', detail: 'ResourceNotFound' },
  405: { code: 'MethodNotAllowed', detail: 'MethodNotAllowed' },
  413: { code: 'PayloadTooLarge', detail: 'PayloadTooLarge' },
  500: { code: 'InternalServerError', detail: 'InternalServerError' },
};

/** A refusal of a publish request; answered with the status and Event Grid's error body. */
export class PublishError extends Error {
  readonly status: keyof typeof CODES;

  constructor(status: keyof typeof CODES, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * Answers with the error body of Event Grid's publish endpoint ("Publish events to Azure Event Grid custom topics using
 * access keys" of Microsoft's documentation; the report sentence as the recorded tests of the Azure SDKs show it). The id in
 * `x-ms-request-id` is that of the report.
 */
export function sendError(response: ServerResponse, error: PublishError): void {
  const { code, detail } = CODES[error.status];
  const requestId = randomUUID();
  const clock = new Date().toLocaleString('en-US', { timeZone: 'UTC', hour12: true }).replace(',', '');
  const report = `Report '${requestId}:0:${clock} (UTC)' to our forums for assistance or raise a support ticket.`;
  const message = `${error.message} ${report}`;
  response
    .writeHead(error.status, { 'content-type': 'application/json; charset=utf-8', 'x-ms-request-id': requestId })
    .end(JSON.stringify({ error: { code, message, details: [{ code: detail, message }] } }));
}

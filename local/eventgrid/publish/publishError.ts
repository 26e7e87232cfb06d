import { randomUUID } from 'node:crypto';

const CODES = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  413: 'PayloadTooLarge',
};

/** A refusal of a publish request; answered with the status and Event Grid's error body. */
export class PublishError extends Error {
  readonly status: keyof typeof CODES;

  constructor(status: keyof typeof CODES, message: string) {
    super(message);
    this.status = status;
  }
}

/** The error body of Event Grid's publish endpoint; the report id lets a user find the refusal in a log. */
export function errorBody(error: PublishError): string {
  const code = CODES[error.status];
  const now = new Date();
  const clock = now.toLocaleString('en-US', { timeZone: 'UTC', hour12: true }).replace(',', '');
  const report = `Report '${randomUUID()}:${error.status}:${clock} (UTC)' to our forums for assistance or raise a support ticket.`;
  const message = `${error.message} ${report}`;
  return JSON.stringify({ error: { code, message, details: [{ code, message }] } });
}

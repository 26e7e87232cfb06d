import { randomUUID } from 'node:crypto';
import { Condition, refusalOf } from '../amqp/conditions.ts';

/** A refusal of the REST interface, with the status that says what kind it is. */
export class HttpRefusal extends Error {
  override readonly name = 'HttpRefusal';
  readonly status: number;

  constructor(status: number, detail: string) {
    super(detail);
    this.status = status;
  }
}

/** The status for what the AMQP interface says by a condition. */
const STATUS: Readonly<Partial<Record<Condition, number>>> = {
  [Condition.argumentError]: 400,
  [Condition.argumentOutOfRange]: 400,
  [Condition.decodeError]: 400,
  [Condition.unauthorized]: 401,
  [Condition.notFound]: 404,
  [Condition.messageSizeExceeded]: 413,
  [Condition.serverBusy]: 503,
};

/** The refusal that any failure means for the client; faults of the broker itself are logged and are 500. */
export function httpRefusalOf(error: unknown): HttpRefusal {
  if (error instanceof HttpRefusal) return error;
  const { condition, message } = refusalOf(error);
  return new HttpRefusal(STATUS[condition] ?? 500, message);
}

/** Body of a refusal in the form that Service Bus and Event Hubs give it: `<Error><Code/><Detail/></Error>`. */
export function refusalBody({ status, message }: HttpRefusal, entity: string): string {
  const timestamp = new Date().toISOString().slice(0, 19);
  const tracking = `TrackingId:${randomUUID()}, SystemTracker:${entity}, Timestamp:${timestamp}`;
  return `<Error><Code>${status}</Code><Detail>${escapeXml(`${message} ${tracking}`)}</Detail></Error>`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

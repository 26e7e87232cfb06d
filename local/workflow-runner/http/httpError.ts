/** An answer with Logic Apps' error body. */
export class HttpError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(args: { status: number; code: string; message: string }) {
    super(args.message);
    this.status = args.status;
    this.code = args.code;
  }
}

export function notFound(message: string): HttpError {
  return new HttpError({ status: 404, code: 'NotFound', message });
}

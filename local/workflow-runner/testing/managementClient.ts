import type { Json } from '../json.ts';
import type { WorkflowRunner } from '../runner.ts';

/** An answer of the management API, its body as loose as a test wants it. */
export interface ManagementAnswer {
  status: number;
  headers: Headers;
  body: { [member: string]: Json } & { value: Entry[]; error: { code: string; message: string } };
}

/** A resource of a list. */
export interface Entry {
  id: string;
  name: string;
  type: string;
  properties: { [member: string]: Json } & { status: string };
}

/** Calls the management API of a runner, with a path behind `…/management/workflows` or a link of an answer. */
export async function manage(runner: WorkflowRunner, path: string, method = 'GET'): Promise<ManagementAnswer> {
  const base = `http://127.0.0.1:${runner.port}/runtime/webhooks/workflow/api/management/workflows`;
  const response = await fetch(path.startsWith('http') ? path : `${base}${path}`, { method });
  const text = await response.text();
  const body = (text === '' ? {} : JSON.parse(text)) as ManagementAnswer['body'];
  return { status: response.status, headers: response.headers, body };
}

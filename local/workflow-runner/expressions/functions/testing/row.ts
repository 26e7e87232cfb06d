import type { Json } from '../../../json.ts';
import { testScope } from '../../../testing/testScope.ts';

/** An expression and its value, or a matcher for it. */
export type Row = [expression: string, value: Json];

/** Content of a file as the runtime writes it. */
export const BINARY = { '$content-type': 'application/octet-stream', $content: 'aGVsbG8=' };

const FORM = {
  $formdata: [
    { key: 'a', value: '1' },
    { key: 'b', value: '2' },
    { key: 'b', value: '3' },
  ],
};
const part = (name: string) => ({ 'Content-Disposition': `form-data; name="${name}"` });
const PARTS = {
  $multipart: [
    { headers: part('first'), body: 'x' },
    { headers: part('second'), body: { n: 1 } },
  ],
};

/** What the expressions of the tables see. */
export const scope = testScope({
  parameters: { region: 'eu', limits: { max: 3 } },
  variables: { count: 4, list: [3, 1, 2], text: 'Hello', nothing: null },
  settings: { KEY: 'value' },
  trigger: { name: 'manual', outputs: { headers: { h: '1' }, body: { id: 'x1', ...FORM, ...PARTS } } },
  actions: {
    Call: { status: 'Succeeded', outputs: { statusCode: 200, body: { ok: true } } },
    Compose: { status: 'Succeeded', outputs: 'plain' },
    Form: { outputs: { body: FORM } },
    Parts: { outputs: { body: PARTS } },
  },
  current: { name: 'Loop', status: 'Running' },
  results: { Scope: [{ name: 'Call', status: 'Succeeded' }] },
  item: { name: 'b' },
  loops: { Each: { item: 'a', index: 0 }, Repeat: { item: null, index: 2 } },
});

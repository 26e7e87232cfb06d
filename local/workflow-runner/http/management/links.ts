import type { Json, JsonObject } from '../../json.ts';

/** Base path of the management API of a Logic Apps Standard host. */
export const MANAGEMENT_PATH = '/runtime/webhooks/workflow/api/management/workflows';

/** A resource of the management API: its id, `/workflows/…`, and the origin of the runner that serves it. */
export interface Resource {
  origin: string;
  id: string;
}

/** What lies under a resource. */
export function inside({ origin, id }: Resource, path: string): Resource {
  return { origin, id: `${id}/${path}` };
}

/** Where the content of a part of the history is read, as Azure describes it. */
function contentLink({ origin, id }: Resource, part: string, content: Json): JsonObject {
  const path = id.slice('/workflows'.length).split('/').map(encodeURIComponent).join('/');
  return {
    uri: `${origin}${MANAGEMENT_PATH}${path}/contents/${part}`,
    contentSize: Buffer.byteLength(JSON.stringify(content)),
  };
}

/** What stands in place of content that `secureData` keeps out of the history. */
const NOT_SHOWN = 'Content not shown due to security configuration.';

/** Inputs and outputs of a record in place, with the links that Azure has, less what is secured. */
export function contents(resource: Resource, kind: 'Action' | 'Trigger', record: Recorded): JsonObject {
  const { inputs, outputs, secured = [] } = record;
  const part = (name: 'inputs' | 'outputs', value: Json | undefined): JsonObject => {
    if (value === undefined) return {};
    if (secured.includes(name)) return { [name]: NOT_SHOWN };
    const content = name === 'inputs' ? `${kind}Inputs` : `${kind}Outputs`;
    return { [name]: value, [`${name}Link`]: contentLink(resource, content, value) };
  };
  return { ...part('inputs', inputs), ...part('outputs', outputs) };
}

export interface Recorded {
  inputs?: Json;
  outputs?: Json;
  secured?: string[];
}

/** The content that a link leads to; undefined where there is none to show. */
export function contentOf(part: string, kind: 'Action' | 'Trigger', record: Recorded): Json | undefined {
  const name = part === `${kind}Inputs` ? 'inputs' : part === `${kind}Outputs` ? 'outputs' : undefined;
  if (name === undefined || record.secured?.includes(name)) return undefined;
  return record[name];
}

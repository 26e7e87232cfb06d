import type { Json, JsonObject } from '../json.ts';
import { RowCollector } from '../sql/collector.ts';
import { containerQuery, newEnvironment, parameterMap } from '../sql/query.ts';
import { forEachRow } from '../sql/select.ts';

/** Runs a query over the descriptions of databases, containers or offers. */
export function queryObjects(
  text: string,
  parameters: readonly { name: string; value?: Json }[],
  objects: readonly JsonObject[],
  now: number,
): Json[] {
  const { plan, root } = containerQuery(text);
  const environment = newEnvironment(parameterMap(parameters), now);
  const collector = new RowCollector<Json>(plan, plan.project);
  for (const object of objects) {
    environment.slots[root] = object;
    forEachRow(plan, environment, 0, () => collector.add(environment));
  }
  return collector.rows(environment);
}

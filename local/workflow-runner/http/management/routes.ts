import type { Json } from '../../json.ts';
import { HttpError, notFound } from '../httpError.ts';
import { actionContent, actionOf, actionsOf, repetitionOf, repetitionsOf, scopeRepetitionsOf } from './actions.ts';
import { served, type Call, type Handler, type Managed } from './call.ts';
import { describeRun, describeWorkflow } from './describeRun.ts';
import { MANAGEMENT_PATH } from './links.ts';
import { findRoute, type Route } from './pathRoutes.ts';
import { cancelRun, listRuns, runOf } from './runs.ts';
import {
  callbackUrl,
  firingContent,
  firingOf,
  listFirings,
  resubmit,
  runTrigger,
  triggerOf,
  triggersOf,
} from './triggers.ts';

const RUN = ':workflow/runs/:run';
const ACTION = `${RUN}/actions/:action`;
const REPETITION = `${ACTION}/repetitions/:repetition`;
const TRIGGER = ':workflow/triggers/:trigger';
const HISTORY = `${TRIGGER}/histories/:history`;

const get = (pattern: string, handler: Handler): Route<Handler> => ({ method: 'GET', pattern, handler });
const post = (pattern: string, handler: Handler): Route<Handler> => ({ method: 'POST', pattern, handler });
const read = (pattern: string, body: (call: Call) => Json): Route<Handler> =>
  get(pattern, (call) => ({ status: 200, body: body(call) }));

/** Paths, methods and shapes of the management API of Logic Apps Standard, as far as they are about runs and triggers. */
const routes: Route<Handler>[] = [
  read('', ({ workflows }) => [...workflows.values()].map(describeWorkflow)),
  read(':workflow', (call) => describeWorkflow(served(call))),
  read(':workflow/runs', listRuns),
  read(RUN, (call) => describeRun(call.origin, runOf(call))),
  post(`${RUN}/cancel`, cancelRun),
  read(`${RUN}/actions`, actionsOf),
  read(ACTION, actionOf),
  read(`${ACTION}/contents/:part`, actionContent),
  read(`${ACTION}/repetitions`, repetitionsOf),
  read(REPETITION, repetitionOf),
  read(`${REPETITION}/contents/:part`, actionContent),
  read(`${ACTION}/scopeRepetitions`, scopeRepetitionsOf),
  get(':workflow/triggers', triggersOf),
  get(TRIGGER, triggerOf),
  post(`${TRIGGER}/run`, runTrigger),
  post(`${TRIGGER}/listCallbackUrl`, callbackUrl),
  read(`${TRIGGER}/histories`, listFirings),
  read(HISTORY, firingOf),
  read(`${HISTORY}/contents/:part`, firingContent),
  post(`${HISTORY}/resubmit`, resubmit),
];

/** Answers a call, `parts` being its path behind the base path. Throws an `HttpError`. */
export async function manage(method: string, parts: readonly string[], call: Omit<Call, 'path'>): Promise<Managed> {
  const route = findRoute(routes, method, parts);
  if (!route) throw notFound(`There is no ${MANAGEMENT_PATH}/${parts.join('/')}.`);
  if ('handler' in route) return route.handler({ ...call, path: route.path });
  const message = `The path takes ${route.allowed.join(', ')}, not ${method}.`;
  throw new HttpError({ status: 405, code: 'MethodNotAllowed', message });
}

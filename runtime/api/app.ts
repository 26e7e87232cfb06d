import fastify, { type FastifyInstance, type RouteOptions } from 'fastify';
import { acceptJson } from './http/bodyParser.ts';
import { Problem } from './http/problem.ts';
import { validatorCompiler } from './http/requestValidation.ts';
import { describeApi } from './openapi/describeApi.ts';
import { answer, answerErrors, answerUnreadable, toProblem } from './routes/errors.ts';
import { eventRoutes } from './routes/events.ts';
import { itemRoutes } from './routes/items.ts';
import { listRoutes } from './routes/lists.ts';
import { healthRoutes, metricsRoute } from './routes/operations.ts';
import { recommendationRoutes } from './routes/recommendations.ts';
import type { Services } from './services/services.ts';

/** Bodies of calls without a limit of their own. */
const BODY_BYTES = 1024 * 1024;
/** Longest id of the API, each character percent-encoded as three UTF-8 bytes or more. */
const LONGEST_PATH_PARAMETER = 2_048;
/** Longer than App Service's front end keeps an idle connection, so that it never reuses one that is closing here. */
const KEEP_ALIVE_MS = 245_000;

type Routes = (app: FastifyInstance, services: Services) => void;

/** Calls that need a credential, and calls that do not. */
const PROTECTED: readonly Routes[] = [recommendationRoutes, listRoutes, itemRoutes, metricsRoute, eventRoutes];
const OPEN: readonly Routes[] = [healthRoutes];

/** Builds the HTTP server over its services. It listens to nothing yet. */
export function buildApp(services: Services): FastifyInstance {
  const app = fastify({
    logger: false,
    bodyLimit: BODY_BYTES,
    keepAliveTimeout: KEEP_ALIVE_MS,
    return503OnClosing: false,
    routerOptions: { maxParamLength: LONGEST_PATH_PARAMETER },
    frameworkErrors: (error, request, reply) => void answer(reply, toProblem(error, request, services.log)),
    clientErrorHandler: answerUnreadable,
  });
  app.decorateRequest('startedAt', 0);
  app.addHook('onRequest', (request, _reply, done) => {
    request.startedAt = performance.now();
    done();
  });
  const routes: RouteOptions[] = [];
  app.addHook('onRoute', (route) => {
    routes.push(route);
    observeDuration(route, services);
  });
  app.setValidatorCompiler(validatorCompiler);
  answerErrors(app, services.log);

  for (const declare of PROTECTED) {
    void app.register(async (scope) => {
      acceptJson(scope, ['application/json']);
      authenticateCallers(scope, services);
      declare(scope, services);
    });
  }
  void app.register(async (scope) => {
    for (const declare of OPEN) declare(scope, services);
    describeApi(scope, routes);
    refuseOtherMethods(scope, routes);
  });
  return app;
}

function authenticateCallers(scope: FastifyInstance, { authenticate }: Services): void {
  scope.decorateRequest('principal');
  scope.addHook('onRequest', (request, _reply, done) => {
    try {
      const principal = authenticate(request.raw);
      if (!(principal instanceof Promise)) {
        request.principal = principal;
        return done();
      }
      principal.then((found) => {
        request.principal = found;
        done();
      }, done);
    } catch (error) {
      done(error as Error);
    }
  });
}

/** Observed when the answer is ready: listening for its last byte would cost more than all else that is done here. */
function observeDuration(route: RouteOptions, { metrics }: Services): void {
  const method = Array.isArray(route.method) ? 'other' : route.method;
  const observe = metrics.requestDuration(`${method} ${route.url}`);
  route.onSend = (request, reply, _payload, done) => {
    observe(reply.statusCode, (performance.now() - request.startedAt) / 1_000);
    done();
  };
}

/** Answers 405 on every path for the methods that it does not have. */
function refuseOtherMethods(scope: FastifyInstance, routes: readonly RouteOptions[]): void {
  const allowed = new Map<string, string[]>();
  for (const { method, url } of routes) allowed.set(url, [...(allowed.get(url) ?? []), method].flat());
  for (const [url, methods] of allowed) {
    const others = scope.supportedMethods.filter((method) => !methods.includes(method));
    scope.route({
      method: others,
      url,
      onRequest: (request, _reply, done) => {
        const headers = { allow: methods.join(', ') };
        done(new Problem('method-not-allowed', `${request.method} is not possible here.`, { headers }));
      },
      handler: (_request, reply) => reply,
    });
  }
}

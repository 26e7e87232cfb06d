import type { FastifySchema, RouteOptions } from 'fastify';
import { problemSchema } from '../schemas/common.ts';
import { componentSchemas } from './componentSchemas.ts';

type Json = Record<string, unknown>;

/** Routes that need no credential. */
const OPEN = new Set(['/', '/openapi.json', '/health/live', '/health/ready']);

const PROBLEMS: Record<string, string> = {
  400: 'The request is not valid.',
  401: 'A valid credential is needed.',
  404: 'Not found.',
  413: 'The request is too large.',
  415: 'The content type is not supported.',
  503: 'A part that the call cannot do without is away; `Retry-After` says when to come back.',
};

/** The OpenAPI 3.1 description of routes, from the schemas that validate and serialise their requests and answers. */
export function openApiDocument(routes: readonly RouteOptions[]): Json {
  const components = componentSchemas();
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const method = String(route.method);
    if (!route.schema?.operationId || method === 'HEAD') continue;
    const path = route.url
      .replaceAll('::', '\0')
      .replace(/:([A-Za-z]+)/g, '{$1}')
      .replaceAll('\0', ':');
    paths[path] = { ...paths[path], [method.toLowerCase()]: operation(route, route.schema, components.refer) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Attune',
      version: '1.0.0',
      description: 'Personalization: send interactions, get recommendations, keep the catalogue.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths,
    components: {
      schemas: components.schemas(),
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        key: { type: 'apiKey', in: 'header', name: 'Ocp-Apim-Subscription-Key' },
      },
    },
  };
}

type Refer = (schema: unknown) => unknown;

function operation(route: RouteOptions, schema: FastifySchema, refer: Refer): Json {
  const { operationId, tags, summary, description } = schema;
  const isOpen = OPEN.has(route.url);
  const bodies = route.config?.bodies ?? (schema.body ? { 'application/json': schema.body } : undefined);
  return {
    operationId,
    tags,
    summary,
    ...(description ? { description } : {}),
    security: isOpen ? [] : [{ token: [] }, { key: [] }],
    parameters: [...parameters('path', schema.params, refer), ...parameters('query', schema.querystring, refer)],
    ...(bodies ? { requestBody: { required: true, content: contentOf(bodies, refer) } } : {}),
    responses: { ...responses(schema.response as Json | undefined, refer), ...problems(route, schema, isOpen, refer) },
  };
}

function parameters(place: 'path' | 'query', schema: unknown, refer: Refer): Json[] {
  const { properties = {}, required = [] } = (schema ?? {}) as { properties?: Json; required?: string[] };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: required.includes(name),
    schema: refer(property),
  }));
}

function contentOf(bodies: Readonly<Record<string, unknown>>, refer: Refer): Json {
  return Object.fromEntries(Object.entries(bodies).map(([type, schema]) => [type, { schema: refer(schema) }]));
}

function responses(declared: Json | undefined, refer: Refer): Json {
  return Object.fromEntries(
    Object.entries(declared ?? { 200: { type: 'object' } }).map(([status, schema]) => {
      const { content } = schema as { content?: Record<string, { schema: unknown }> };
      if (status === '204') return [status, { description: 'Done.' }];
      const types = content
        ? Object.fromEntries(Object.entries(content).map(([type, entry]) => [type, entry.schema]))
        : { 'application/json': schema };
      return [status, { description: 'The answer.', content: contentOf(types, refer) }];
    }),
  );
}

/** The problems that a call can be answered with. */
function problems(route: RouteOptions, schema: FastifySchema, isOpen: boolean, refer: Refer): Json {
  const takesBody = schema.body !== undefined || route.config?.bodies !== undefined;
  const possible = [
    ...(takesBody || schema.params || schema.querystring ? ['400'] : []),
    ...(isOpen ? [] : ['401']),
    ...(route.url.includes('/:itemId') && route.method !== 'PUT' ? ['404'] : []),
    ...(takesBody ? ['413', '415'] : []),
    ...(isOpen ? [] : ['503']),
  ];
  const content = { 'application/problem+json': { schema: refer(problemSchema) } };
  return Object.fromEntries(possible.map((status) => [status, { description: PROBLEMS[status], content }]));
}

import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApi, TestWorld, type TestApi } from '../testing/testApi.ts';

interface Operation {
  operationId: string;
  security: unknown[];
  parameters: { name: string; in: string; required: boolean }[];
  requestBody?: { content: Record<string, { schema: unknown }> };
  responses: Record<string, { content?: Record<string, { schema: unknown }> }>;
}

interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, unknown> };
}

let api: TestApi;
let document: Document;

beforeAll(async () => {
  api = await startApi(new TestWorld());
  document = (await api.app.inject('/openapi.json')).json();
});

afterAll(async () => {
  await api.close();
});

function references(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, entry]) => (name === '$ref' ? [String(entry)] : references(entry)));
}

describe('GET /openapi.json', () => {
  it('describes every call', () => {
    expect(document.openapi).toBe('3.1.0');
    const calls = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(calls.toSorted()).toEqual([
      'DELETE /v1/items/{itemId}',
      'GET /',
      'GET /health/live',
      'GET /health/ready',
      'GET /metrics',
      'GET /openapi.json',
      'GET /v1/items/{itemId}',
      'GET /v1/items/{itemId}/similar',
      'GET /v1/trending',
      'GET /v1/users/{userId}/recommendations',
      'POST /v1/events',
      'POST /v1/items:batch',
      'POST /v1/recommendations',
      'PUT /v1/items/{itemId}',
    ]);
  });

  it('refers to nothing that it does not describe, and describes valid schemas', () => {
    const described = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`);
    const referred = references(document);
    expect(referred.length).toBeGreaterThan(20);
    expect(referred.filter((reference) => !described.includes(reference))).toEqual([]);
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema(document, 'openapi');
    for (const reference of new Set(referred)) expect(ajv.getSchema(`openapi${reference}`)).toBeTypeOf('function');
  });

  it('gives every operation its own name, its path parameters and its problems', () => {
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.values(methods).map((operation) => ({ path, operation })),
    );
    const names = operations.map(({ operation }) => operation.operationId);
    expect(new Set(names).size).toBe(names.length);
    for (const { path, operation } of operations) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      const described = operation.parameters.filter((parameter) => parameter.in === 'path');
      expect(described.map(({ name, required }) => [name, required])).toEqual(inPath.map((name) => [name, true]));
      expect(operation.responses['401'] !== undefined).toBe(operation.security.length > 0);
    }
  });

  it('describes the bodies that are really sent and taken', async () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema(document, 'openapi');
    const fits = (name: string, value: unknown) => ajv.validate({ $ref: `openapi#/components/schemas/${name}` }, value);
    const headers = { host: 'localhost' };
    const item = { itemId: 'mug', title: 'MUG' };
    expect(fits('ItemBatch', { items: [item] })).toBe(true);
    expect(fits('ItemBatch', { items: [{ ...item, colour: 'red' }] })).toBe(false);
    await api.app.inject({ method: 'POST', url: '/v1/items:batch', headers, payload: { items: [item] } });
    expect(fits('Item', (await api.app.inject({ url: '/v1/items/mug', headers })).json())).toBe(true);
    expect(fits('Recommendations', (await api.app.inject({ url: '/v1/trending', headers })).json())).toBe(true);
    expect(fits('Problem', (await api.app.inject({ url: '/v1/items/none', headers })).json())).toBe(true);
    expect(fits('Problem', item)).toBe(false);
  });
});

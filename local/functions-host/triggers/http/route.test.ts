import { describe, expect, it } from 'vitest';
import { compileRoute } from './route.ts';

const match = (template: string, path: string) => compileRoute(template).match(path);

describe('compileRoute', () => {
  it.each([
    ['api/users', 'API/Users', {}],
    ['api/users', 'api/users/1', undefined],
    ['api/a.b', 'api/axb', undefined],
    ['api/users/{id}', 'api/users/7', { id: '7' }],
    ['api/users/{id}', 'api/users', undefined],
    ['api/users/{id?}', 'api/users', {}],
    ['api/users/{id:int}', 'api/users/-7', { id: '-7' }],
    ['api/users/{id:int}', 'api/users/seven', undefined],
    ['api/{id:guid}', 'api/00000000-0000-0000-0000-000000000000', { id: '00000000-0000-0000-0000-000000000000' }],
    ['api/files/{*path}', 'api/files/a/b.txt', { path: 'a/b.txt' }],
    ['api/files/{*path}', 'api/files', {}],
    ['', '', {}],
  ])('%s against %s', (template, path, params) => {
    expect(match(template, path)).toEqual(params);
  });

  it('ranks literals before parameters before the rest', () => {
    const routes = ['a/{*rest}', 'a/{id}', 'a/b', 'a/{id:int}'].map((template) => compileRoute(template));
    const ranked = routes.toSorted((a, b) => (a.rank < b.rank ? -1 : 1)).map(({ template }) => template);
    expect(ranked).toEqual(['a/b', 'a/{id:int}', 'a/{id}', 'a/{*rest}']);
  });

  it.each(['a/{id:even}', 'a/{', 'a/{1x}', 'a/x{id}'])('refuses %s', (template) => {
    expect(() => compileRoute(template)).toThrow(`The route "${template}" has the segment`);
  });
});

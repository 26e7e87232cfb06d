import { describe, expect, it } from 'vitest';
import { smallModel } from '../testing/smallModel.ts';
import { startApi, TestWorld } from '../testing/testApi.ts';

const headers = { host: 'localhost' };

describe('GET /health', () => {
  it('is ready once catalogue and model have been looked for, with the state of both', async () => {
    const world = new TestWorld();
    const api = await startApi(world);
    expect((await api.app.inject('/health/live')).json()).toEqual({ status: 'alive' });
    const ready = await api.app.inject('/health/ready');
    expect(ready.statusCode).toBe(200);
    expect(ready.json()).toEqual({
      status: 'ready',
      checks: { catalogue: 'loaded', model: 'none', profiles: 'fresh' },
    });
    await api.close();
  });

  it('is not ready before', async () => {
    const checks = { catalogue: 'loading', model: 'none', profiles: 'fresh' } as const;
    const api = await startApi(new TestWorld(), { replaced: { readiness: () => ({ ready: false, checks }) } });
    const response = await api.app.inject('/health/ready');
    expect([response.statusCode, response.json()]).toMatchObject([503, { status: 'starting' }]);
    await api.close();
  });
});

describe('GET /metrics', () => {
  it('tells what the parts did', async () => {
    const world = new TestWorld();
    world.registry.publish(smallModel('v1', { lantern: { candle: 0.9 } }));
    await world.addItem({ itemId: 'candle' });
    await world.addProfile('anna', ['lantern']);
    const api = await startApi(world);
    for (const user of ['anna', 'anna', 'nobody'])
      await api.app.inject({ url: `/v1/users/${user}/recommendations`, headers });
    await api.app.inject({ url: '/v1/trending?limit=0', headers });
    const response = await api.app.inject({ url: '/metrics', headers });
    expect(response.headers['content-type']).toContain('text/plain');
    const lines = response.body.split('\n');
    for (const line of [
      'attune_http_request_duration_seconds_count{route="GET /v1/users/:userId/recommendations",status="2xx"} 3',
      'attune_http_request_duration_seconds_count{route="GET /v1/trending",status="4xx"} 1',
      'attune_profile_cache_hits_total 1',
      'attune_profile_cache_misses_total 2',
      'attune_degraded_answers_total{reason="no-profile"} 1',
      'attune_model_info{version="v1"} 1',
      'attune_model_loads_total 1',
      'attune_catalogue_items 1',
      'attune_profiles_cached 2',
      'attune_decisions_dropped_total 0',
    ]) {
      expect(lines).toContain(line);
    }
    await api.close();
  });
});

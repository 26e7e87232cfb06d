import fastify from 'fastify';

/**
 * The yardstick: routes that do nothing but answer, with the bodies given in `BENCH_BODIES` (JSON: recommendations and
 * acceptance). Prints its port.
 */
const { recommendations, acceptance } = JSON.parse(process.env.BENCH_BODIES ?? '{}') as Record<string, unknown>;
const app = fastify();
app.get('/v1/users/:userId/recommendations', async () => recommendations);
app.post('/v1/events', async (_request, reply) => reply.code(202).send(acceptance));
await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
process.once('SIGTERM', () => process.exit(0));
process.stdin.once('end', () => process.exit(0)).resume();

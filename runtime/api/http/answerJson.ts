import type { FastifyReply } from 'fastify';
import type { Answer } from '../services/recommendations.ts';

/**
 * The body of an answer, whose content type is set. Its list brings its own JSON, so that a list that is answered again is
 * not serialised again.
 */
export function answerJson(reply: FastifyReply, requestId: string, { modelVersion, degraded, list }: Answer): string {
  void reply.header('content-type', 'application/json; charset=utf-8');
  const state = `"modelVersion":${JSON.stringify(modelVersion)},"degraded":${JSON.stringify(degraded)}`;
  return `{"requestId":"${requestId}",${state},"items":${list.json}}`;
}

import type { Registration } from '../pulumi/evaluate.ts';
import { UsageError } from '../pulumi/projectFiles.ts';
import { cosmosDbHandlers } from './cosmosDb.ts';
import { eventGridHandlers } from './eventGrid.ts';
import { eventHubsHandlers } from './eventHubs.ts';
import { STAGES, type Answer, type Deployment, type ResourceHandler } from './handler.ts';
import { identityHandlers } from './identity.ts';
import { recordedHandlers } from './recorded.ts';
import { siteHandlers } from './sites.ts';
import { storageHandlers } from './storage.ts';

const handlers = new Map<string, ResourceHandler>(
  [
    ...cosmosDbHandlers,
    ...eventGridHandlers,
    ...eventHubsHandlers,
    ...identityHandlers,
    ...recordedHandlers,
    ...siteHandlers,
    ...storageHandlers,
  ].map((handler) => [handler.type, handler]),
);

/**
 * Declares a resource of the program: starts what it needs, without waiting, and answers with its id and outputs.
 * A type without a handler is an error that names it.
 */
export async function declareResource({ type, name, inputs }: Registration, deployment: Deployment): Promise<Answer> {
  const handler = handlers.get(type);
  if (!handler) {
    throw new UsageError(
      `The local target does not know the resource type ${type} (resource "${name}"). ` +
        'Add a handler for it in local/resources/, or leave the resource out for the stack "local".',
    );
  }
  try {
    const answer = await handler.declare(inputs, deployment);
    deployment.resources.set(answer.id.toLowerCase(), { type, name, inputs, ...answer });
    return answer;
  } catch (error) {
    throw new UsageError(`${type} "${name}": ${(error as Error).message}`, { cause: error });
  }
}

/** Makes all declared resources real, stage after stage; within a stage everything at once. */
export async function applyResources(
  deployment: Deployment,
  onStage: (stage: string, seconds: number) => void,
): Promise<void> {
  for (const stage of STAGES) {
    const startedAt = performance.now();
    const due = [...deployment.resources.values()].filter(({ type }) => handlers.get(type)?.stage === stage);
    await Promise.all(
      due.map(async (resource) => {
        try {
          await handlers.get(resource.type)?.apply?.(resource, deployment);
        } catch (error) {
          throw new Error(`${resource.type} "${resource.name}": ${(error as Error).message}`, { cause: error });
        }
      }),
    );
    onStage(stage, (performance.now() - startedAt) / 1000);
  }
}

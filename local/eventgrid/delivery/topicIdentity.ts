import { ManagedIdentityCredential, type TokenCredential } from '@azure/identity';

/** Signs in as a user-assigned identity of the topic, named by its ARM id. */
export function topicIdentity(resourceId: string): TokenCredential {
  return new ManagedIdentityCredential({ resourceId });
}

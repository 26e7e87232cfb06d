/** `DIR/endpoints.json` of a running local stack: everything that a client in any language needs to join. */
export interface LocalEndpoints {
  profile: 'fast' | 'faithful';
  /** `audience`: of the tokens that the API takes, in profile `faithful`. */
  api: { url: string; key?: string; audience?: string };
  eventHubs: {
    host: string;
    port: number;
    /** Sending by REST (`POST /{hub}/messages`), and AMQP over WebSockets at `/$servicebus/websocket`. */
    httpPort: number;
    connectionString?: string;
    hubs: Record<string, string>;
  };
  cosmos: { endpoint: string; key?: string; database: string; containers: Record<string, string> };
  eventGrid: { endpoint: string; key?: string };
  storage: { connectionString?: string; blobEndpoint: string };
  functions: { url: string };
  workflows: { url: string };
  /**
   * Where the operator of the stack gets tokens in profile `faithful`: the managed-identity protocol of App Service
   * (`IDENTITY_ENDPOINT` and `IDENTITY_HEADER`). Owner-readable like the rest of the file.
   */
  identity?: { endpoint: string; header: string };
  /** PEM file of the local certificate authority, in profile `faithful`. */
  ca?: string;
}

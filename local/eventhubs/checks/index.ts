import { captureChecks } from './capture.ts';
import type { Check } from './check.ts';
import { claimsChecks } from './claims.ts';
import { connectionChecks } from './connection.ts';
import { consumerChecks } from './consumers.ts';
import { epochChecks } from './epochs.ts';
import { errorChecks } from './errors.ts';
import { flowChecks } from './flow.ts';
import { hostilityChecks } from './hostility.ts';
import { httpChecks } from './http.ts';
import { idempotenceChecks } from './idempotence.ts';
import { managementChecks } from './management.ts';
import { receivingChecks } from './receiving.ts';
import { sendingChecks } from './sending.ts';
import { stoppingChecks } from './stopping.ts';
import { storageChecks } from './storage.ts';
import { throttlingChecks } from './throttling.ts';
import { webSocketChecks } from './webSockets.ts';

type Table = Readonly<Record<string, readonly Check[]>>;

/** What clients need of the protocol, by area and name, in the order of its reference. */
export const PROTOCOL_CHECKS: Table = {
  'connection, sessions, heartbeats': connectionChecks,
  'claims-based security': claimsChecks,
  management: managementChecks,
  sending: sendingChecks,
  'idempotent producers': idempotenceChecks,
  receiving: receivingChecks,
  'epochs and stolen links': epochChecks,
  'credit, windows, settlement': flowChecks,
  'errors as the client reports them': errorChecks,
  'peers that break the protocol': hostilityChecks,
  'AMQP over WebSockets': webSocketChecks,
  'sending by REST': httpChecks,
  'throughput units': throttlingChecks,
};

/** What happens over time, to several parts together. */
export const SCENARIO_CHECKS: Table = {
  'stops, starts and crashes': stoppingChecks,
  'what is on disk': storageChecks,
  'consumers with checkpoints in Blob Storage': consumerChecks,
  'capture to Blob Storage': captureChecks,
};

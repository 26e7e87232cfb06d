/**
 * Resource ids (`_rid`) in the layout of Cosmos DB: 4 bytes of the database, 4 of the container, 8 of the document,
 * as base64 with `-` for `/`. Clients take the first 8 bytes for the identity of a container.
 */

export function databaseRid(database: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(database);
  return encode(bytes);
}

export function containerRid(database: number, container: number): string {
  return encode(containerBytes(database, container));
}

/** Makes the ids of a container's documents from their numbers. */
export function documentRids(database: number, container: number): (document: number) => string {
  const bytes = Buffer.concat([containerBytes(database, container), Buffer.alloc(8)]);
  return (document) => {
    bytes.writeUInt32LE(document >>> 0, 8);
    bytes.writeUInt32LE(Math.floor(document / 2 ** 32), 12);
    return encode(bytes);
  };
}

/** The entity tag of a version: the sequence number, unique in its container, and the time in seconds, both in hex. */
export function entityTag(sequence: number, seconds: number): string {
  const number = sequence.toString(16).padStart(12, '0');
  return `"${number.slice(4)}-${number.slice(0, 4)}-0000-0000-${seconds.toString(16).padStart(8, '0')}0000"`;
}

function containerBytes(database: number, container: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE(database);
  bytes.writeUInt32BE((container | 0x80000000) >>> 0, 4);
  return bytes;
}

function encode(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('/', '-');
}

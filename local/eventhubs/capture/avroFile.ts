import { pipeline, Readable } from 'node:stream';
import avro from 'avsc';
import type { CapturedEvent } from './capturedEvent.ts';
import type { CaptureSettings } from './captureSettings.ts';

const VALUES = ['long', 'double', 'string', 'bytes'];

/** The schema that the service documents for its files. */
const SCHEMA: avro.Schema = {
  type: 'record',
  name: 'EventData',
  namespace: 'Microsoft.ServiceBus.Messaging',
  fields: [
    { name: 'SequenceNumber', type: 'long' },
    { name: 'Offset', type: 'string' },
    { name: 'EnqueuedTimeUtc', type: 'string' },
    { name: 'SystemProperties', type: { type: 'map', values: VALUES } },
    { name: 'Properties', type: { type: 'map', values: VALUES } },
    { name: 'Body', type: ['null', 'bytes'] },
  ],
};

/** An Avro object container file with these events; when their source fails, so does the file. */
export function avroFile(events: AsyncIterable<CapturedEvent>, encoding: CaptureSettings['encoding']): Readable {
  const codec = encoding === 'AvroDeflate' ? 'deflate' : 'null';
  // Without `always` a file without events would be empty, which is no Avro file.
  const encoder = new avro.streams.BlockEncoder(SCHEMA, { codec, writeHeader: 'always' });
  // A failure reaches who reads the file: it destroys the encoder.
  pipeline(Readable.from(events), encoder, () => undefined);
  return encoder;
}

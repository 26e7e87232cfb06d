import rhea, { type Receiver, type Typed } from 'rhea';

/** Resolves with the bytes of the next message that a receiver gets. */
export function nextPayload(receiver: Receiver): Promise<Buffer> {
  const { session } = receiver as unknown as { session: { on_transfer(frame: { payload: Buffer }): void } };
  const { on_transfer } = session;
  return new Promise((resolve) => {
    session.on_transfer = (frame) => {
      session.on_transfer = on_transfer;
      resolve(Buffer.from(frame.payload));
      on_transfer.call(session, frame);
    };
  });
}

/** Entries of the map that is the section with this descriptor, each with the name of its AMQP type without its width. */
export function mapTypes(message: Buffer, section: number): Record<string, string> {
  const { Reader } = rhea.types as unknown as { Reader: new (bytes: Buffer) => { read(): Typed; remaining(): number } };
  const reader = new Reader(message);
  for (;;) {
    const { descriptor, value } = reader.read();
    if (Number((descriptor as Typed).value) !== section) continue;
    const entries = value as Typed[];
    const typeOf = (entry: Typed) => (entry as unknown as { type: { name: string } }).type.name;
    return Object.fromEntries(
      entries.flatMap((entry, index) =>
        index % 2 === 0 ? [[String(entry.value), typeOf(entries[index + 1]).replace(/\d+$/, '')]] : [],
      ),
    );
  }
}

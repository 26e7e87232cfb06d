/** No answer to Event Grid has more to say. */
const MOST_BYTES = 64 * 1024;

/** The beginning of an answer's body as text. An answer that goes on for ever is cut off. */
export async function responseText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MOST_BYTES) break;
  }
  return Buffer.concat(chunks).subarray(0, MOST_BYTES).toString('utf8');
}

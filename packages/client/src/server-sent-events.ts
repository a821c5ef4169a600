export interface ServerSentEvent {
  readonly data: string;
  readonly id: string | undefined;
}

/** More than any job takes; what has no end is not the service. */
const maxBlockLength = 2 ** 22;

/**
 * The server-sent events of a stream as they arrive, without comments (heartbeats). Ends with the stream.
 * @param onBytes called whenever something arrives, comments included
 */
export async function* readEvents(
  body: ReadableStream<Uint8Array> | null,
  onBytes: () => void,
): AsyncGenerator<ServerSentEvent, void> {
  if (body === null) return;
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      onBytes();
      text += decoder.decode(value, { stream: true });
      const blocks = text.split(/\r?\n\r?\n/);
      text = blocks.pop() ?? '';
      if (text.length > maxBlockLength) throw new RangeError('An event without end.');
      for (const block of blocks) {
        const event = parseBlock(block);
        if (event !== undefined) yield event;
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function parseBlock(block: string): ServerSentEvent | undefined {
  let id: string | undefined;
  const data: string[] = [];
  for (const line of block.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'id') id = value;
    if (field === 'data') data.push(value);
  }
  return data.length === 0 ? undefined : { data: data.join('\n'), id };
}

/** Properties of the form reader over generated forms: where chunks end does not matter, and damage is reported. */
import { AppError } from '@m2fp/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readForm } from './multipart.ts';

const boundary = 'bound';
const delimiter = Buffer.from(`\r\n--${boundary}`);

interface GeneratedForm {
  readonly fields: ReadonlyMap<string, string>;
  readonly image: Buffer;
  readonly body: Buffer;
}

/** Bytes that often look like a piece of a delimiter. */
const imageBytes = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      fc.integer({ min: 1, max: delimiter.length - 1 }).map((length) => delimiter.subarray(0, length)),
    ),
    { maxLength: 20 },
  )
  .map((pieces) => Buffer.concat(pieces))
  .filter((bytes) => !Buffer.concat([Buffer.from('\r\n'), bytes]).includes(delimiter));

const fieldText = fc
  .string({ unit: 'grapheme', maxLength: 300 })
  .filter((text) => text.isWellFormed() && !`\r\n${text}`.includes(delimiter.toString()));

const forms: fc.Arbitrary<GeneratedForm> = fc
  .record({
    image: imageBytes,
    fields: fc.record({ options: fieldText, metadata: fieldText }, { requiredKeys: [] }),
    place: fc.nat(2),
  })
  .map(({ image, fields, place }) => {
    const parts = Object.entries(fields).map(([name, text]) => part(name, Buffer.from(text)));
    parts.splice(place, 0, part('image', image, 'photo.jpg'));
    const body = Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]);
    return { image, fields: new Map(Object.entries(fields)), body };
  });

function part(name: string, content: Buffer, fileName?: string): Buffer {
  const file = fileName === undefined ? '' : `; filename="${fileName}"`;
  const head = `--${boundary}\r\ncontent-disposition: form-data; name="${name}"${file}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), content, Buffer.from('\r\n')]);
}

/** In chunks that end at these places; an empty chunk here and there. */
function chunked(body: Buffer, ends: readonly number[]): ReadableStream<Uint8Array> {
  const sorted = [...ends.map((end) => end % (body.length + 1)), body.length].sort((a, b) => a - b);
  return ReadableStream.from(sorted.map((end, index) => body.subarray(sorted[index - 1] ?? 0, end)));
}

async function read(body: ReadableStream<Uint8Array>) {
  const type = `multipart/form-data; boundary=${boundary}`;
  const request = new Request('http://api/', {
    method: 'POST',
    headers: { 'content-type': type },
    body,
    duplex: 'half',
  });
  const received: Uint8Array[] = [];
  const store = async (bytes: AsyncIterable<Uint8Array>): Promise<void> => {
    for await (const chunk of bytes) received.push(Buffer.from(chunk));
  };
  const form = await readForm(request, {
    ...{ file: 'image', fields: ['options', 'metadata'], store },
    onBytes: () => undefined,
  });
  return { ...form, image: Buffer.concat(received) };
}

const chunkEnds = fc.array(fc.nat(10_000), { maxLength: 40 });

test('a form has the same fields and the same file wherever its chunks end', async () => {
  await fc.assert(
    fc.asyncProperty(forms, chunkEnds, async ({ body, image, fields }, ends) => {
      const form = await read(chunked(body, ends));
      expect(form.hasFile).toBe(true);
      expect(form.image.equals(image)).toBe(true);
      expect(new Map(form.fields)).toEqual(fields);
    }),
    { numRuns: 300 },
  );
});

test('a form that is cut off anywhere before its end mark is malformed', async () => {
  await fc.assert(
    fc.asyncProperty(forms, chunkEnds, fc.nat(), async ({ body }, ends, cut) => {
      // The line break after the end mark may be missing.
      const length = cut % (body.length - 2);
      await expect(read(chunked(body.subarray(0, length), ends))).rejects.toMatchObject({ code: 'malformed_request' });
    }),
    { numRuns: 300 },
  );
});

/** Replaces, inserts or removes a few bytes. */
const damage = fc.array(fc.record({ at: fc.nat(), remove: fc.nat(3), insert: fc.uint8Array({ maxLength: 3 }) }), {
  minLength: 1,
  maxLength: 4,
});

test('a damaged form is read or refused with a documented problem, and its reading ends', async () => {
  await fc.assert(
    fc.asyncProperty(forms, chunkEnds, damage, async ({ body }, ends, changes) => {
      let damaged = body;
      for (const { at, remove, insert } of changes) {
        const place = at % (damaged.length + 1);
        damaged = Buffer.concat([damaged.subarray(0, place), insert, damaged.subarray(place + remove)]);
      }
      const error: unknown = await read(chunked(damaged, ends)).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      if (error === undefined) return;
      expect(error).toBeInstanceOf(AppError);
      expect(['malformed_request', 'invalid_request']).toContain((error as AppError).code);
    }),
    { numRuns: 500 },
  );
});

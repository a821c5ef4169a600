import { bounds } from '@m2fp/contract';
import { InvalidRequest } from './problem.ts';

const [quote, backslash, comma] = [0x22, 0x5c, 0x2c];
const [openArray, closeArray, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Throws `InvalidRequest` for JSON that is nested too deeply or has too many values, before it is parsed: twelve
 * megabytes of `[],` become hundreds in memory. Reads each byte once; whether it is JSON at all is not its concern.
 */
export function assertJsonShape(bytes: Uint8Array): void {
  let depth = 0;
  let values = 1;
  let isText = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (isText) {
      if (byte === backslash) at++;
      else if (byte === quote) isText = false;
    } else if (byte === quote) isText = true;
    else if (byte === comma) values++;
    else if (byte === openArray || byte === openObject) {
      values++;
      depth++;
      if (depth > bounds.jsonDepth.max) throw tooMuch(`Nested more than ${bounds.jsonDepth.max} levels deep`);
    } else if (byte === closeArray || byte === closeObject) depth--;
    if (values > bounds.jsonValues.max) throw tooMuch(`More than ${bounds.jsonValues.max} values`);
  }
}

function tooMuch(message: string): InvalidRequest {
  return new InvalidRequest([{ pointer: '', message }]);
}

/** What a request's `Content-Disposition` (RFC 6266) says the body is called. */

/** `; name=value`, where the value is a token or a quoted string. */
const parameter = /;\s*([\w!#$%&'*+.^`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))\s*/gy;
/** `charset'language'value` (RFC 8187). */
const extended = /^(utf-8|iso-8859-1)'[^']*'(.*)$/i;

/** The file name, as it was given; undefined if there is none that can be read. */
export function fileNameIn(header: string | null): string | undefined {
  if (header === null) return undefined;
  const start = header.indexOf(';');
  const names = new Map<string, string>();
  parameter.lastIndex = start;
  for (let found = start < 0 ? null : parameter.exec(header); found !== null; found = parameter.exec(header)) {
    const [, name = '', quoted, token = ''] = found;
    const value = quoted?.replaceAll(/\\(.)/g, '$1') ?? token;
    if (!names.has(name.toLowerCase())) names.set(name.toLowerCase(), value);
  }
  const plain = names.get('filename');
  return fromExtended(names.get('filename*')) ?? (plain === undefined ? undefined : fromBytes(plain));
}

function fromExtended(value: string | undefined): string | undefined {
  const [, charset, encoded = ''] = extended.exec(value ?? '') ?? [];
  if (charset === undefined) return undefined;
  const latin1 = encoded.replaceAll(/%([\da-f]{2})/gi, (_, code: string) => String.fromCharCode(parseInt(code, 16)));
  return charset.toLowerCase() === 'utf-8' ? fromBytes(latin1) : latin1;
}

/** A header's letters are bytes. Most programs send UTF-8; where it is none, it is Latin-1. */
function fromBytes(latin1: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(latin1, 'latin1'));
  } catch {
    return latin1;
  }
}

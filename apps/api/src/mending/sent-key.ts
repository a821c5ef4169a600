/** What is wrong with how a key was sent, or that none was. Nothing of the key is repeated. */
import type { Context } from 'hono';
import type { ApiEnv } from '../http/context.ts';

const right = '`Authorization: Bearer m2fp_…`';
const otherHeaders = ['x-api-key', 'api-key', 'apikey', 'x-auth-token', 'x-m2fp-key'];
const otherParameters = ['key', 'api_key', 'apikey', 'token', 'access_token'];

export function keyFault(context: Context<ApiEnv>): string {
  const sent = context.req.header('authorization')?.trim();
  if (sent === undefined) return missing(context);
  const [scheme = '', credentials = ''] = sent.split(/ +/, 2);
  if (scheme.startsWith('m2fp_')) return `The key was sent without the word Bearer before it: send ${right}.`;
  if (scheme.toLowerCase() !== 'bearer') return `A key is sent with the word Bearer before it: ${right}.`;
  if (credentials === '') return `There is no key after Bearer: send ${right}. Is its variable set?`;
  if (/^[<"'[$]/.test(credentials)) return `What follows Bearer is no key, but stands for one: send ${right}.`;
  if (!credentials.startsWith('m2fp_')) return `What follows Bearer is no key of this service: send ${right}.`;
  return `The key is not known, or not valid anymore. Send a valid API key: ${right}.`;
}

function missing(context: Context<ApiEnv>): string {
  const header = otherHeaders.find((name) => context.req.header(name) !== undefined);
  if (header !== undefined) return `A key is not sent as ${header}: send ${right}.`;
  const parameter = otherParameters.find((name) => context.req.query(name) !== undefined);
  if (parameter !== undefined) return `A key is not sent in the URL, where others see it: send the header ${right}.`;
  return `Send a valid API key: ${right}, with curl \`-H "Authorization: Bearer $KEY"\`.`;
}

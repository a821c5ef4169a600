import { expect, test } from 'vitest';
import { redisReasonOf } from './reasons.ts';

const reply = (message: string): Error => Object.assign(new Error(message), { name: 'ReplyError' });
const withCode = (code: string): Error => Object.assign(new Error('a text'), { code });

test.each([
  ['READONLY', reply("READONLY You can't write against a read only replica.")],
  [
    'OOM',
    reply(
      "ERR Error running script (call to f_1): @user_script:1: -OOM command not allowed when used memory > 'maxmemory'",
    ),
  ],
  ['CROSSSLOT', new Error('wrapped', { cause: reply("CROSSSLOT Keys in request don't hash to the same slot") })],
  ['NOAUTH', Object.assign(new Error('all failed'), { lastNodeError: reply('NOAUTH Authentication required.') })],
  ['CLUSTERDOWN', new Error('Too many Cluster redirections. Last error: ReplyError: CLUSTERDOWN Hash slot not served')],
  ['WRONGPASS', new Error('All sentinels are unreachable. Last error: WRONGPASS invalid username-password pair')],
  ['certificate', withCode('DEPTH_ZERO_SELF_SIGNED_CERT')],
  ['certificate', withCode('UNABLE_TO_VERIFY_LEAF_SIGNATURE')],
  ['unreachable', withCode('ECONNREFUSED')],
  ['unreachable', new Error('Command timed out')],
  ['other', reply('ERR secret')],
  ['unreachable', undefined],
])('%s is found in what a client throws', (reason, error) => {
  expect(redisReasonOf(error)).toBe(reason);
});

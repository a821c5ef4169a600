/** A service for the tests of `runService`, as a process: `sample-service.ts <what it does>`. */
import '../src/environment/clean-start.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { runService } from '../src/lifecycle/index.ts';
import { ConfigError } from '../src/settings/index.ts';

const [behavior = ''] = process.argv.slice(2);
const secret = Object.assign(new Error('at redis://user:secret@host'), { command: { args: ['secret'] } });

await runService({
  app: 'worker',
  readSettings: () => {
    if (behavior === 'is misconfigured') throw new ConfigError('This is why.');
    return { log: { level: 'info' } };
  },
  logFields: () => ({ worker: 'sample' }),
  finishesAfterFault: behavior === 'faults and finishes',
  start: async (_settings, { log, disposers, stopping, onLoaded }) => {
    onLoaded();
    const ended: string[] = [];
    disposers.defer('first', () => log.info({ step: ended.join(' '), reason: `${stopping.aborted}` }, 'first ended'));
    if (behavior === 'cannot start') throw secret;
    if (behavior === 'is refused') throw new ConfigError('This is why.');
    // Keeps the process running.
    const alive = setInterval(() => undefined, 1_000);
    disposers.defer('second', () => {
      clearInterval(alive);
      ended.push('second');
    });
    disposers.defer(
      'third',
      () => {
        log.info('third ends');
        ended.push('third');
        if (behavior === 'ends badly') throw secret;
        return behavior === 'hangs' ? sleep(600_000) : undefined;
      },
      600_000,
    );
    log.info('started');
    if (behavior === 'faults and finishes') setImmediate(() => void Promise.reject(secret));
    if (behavior === 'faults') {
      setImmediate(() => {
        throw secret;
      });
    }
    return { endNow: () => log.info('ended now') };
  },
});

/**
 * How an embedded Redis is run: nothing is kept, and BullMQ's data is never evicted.
 * Everything stands on the command line, so that no configuration file of the machine has a say.
 */
export const queueSafeArguments: readonly string[] = [
  '--maxmemory-policy',
  'noeviction',
  '--save',
  '',
  '--appendonly',
  'no',
];

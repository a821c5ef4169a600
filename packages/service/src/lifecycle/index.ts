/** What the services' processes have in common from their start to their stop. Light: no dependencies. */
export { endsWithin, type FailureLog } from './ends-within.ts';
export { releaseStartupMemory } from './startup-memory.ts';

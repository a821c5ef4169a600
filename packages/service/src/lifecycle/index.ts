/** A service's process from its start to its exit. */
export { Disposers } from './disposers.ts';
export { runService, type RunningService, type StartOptions } from './run-service.ts';

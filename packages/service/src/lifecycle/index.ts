/** A service's process from its start to its exit. */
export { Disposers } from './disposers.ts';
export { runService, type RunningService, type Service, type StartOptions } from './run-service.ts';

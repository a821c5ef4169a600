/** What a process says about itself: probes and figures. */
export { watchEventLoop, type EventLoopDelay, type EventLoopWatch } from './event-loop.ts';
export { startProbeServer, type ProbeServer, type ProbeSources } from './probe-server.ts';
export { whatIsMissing } from './what-is-missing.ts';

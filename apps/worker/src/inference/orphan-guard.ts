import { Worker } from 'node:worker_threads';

/**
 * A parser process never outlives its worker. An ordinary end is seen as the channel's `disconnect` event; but while
 * native code keeps this thread busy no event arrives, and a worker killed by SIGKILL cannot clean up. So a second
 * thread looks at the parent's pid once in a while and ends the process, whatever the main thread is doing.
 * It costs about 17 MB; it loads nothing, least of all onnxruntime, which does not like threads of this kind.
 */
const watch = `
  const parentPid = require('node:worker_threads').workerData;
  setInterval(() => {
    if (process.ppid !== parentPid) process.kill(process.pid, 'SIGKILL');
  }, 500);
`;

/** Ends this process soon after the process `parentPid` is no longer its parent. */
export function endWithParent(parentPid: number): void {
  process.once('disconnect', () => process.exit(0));
  // Its code is a string and plain JavaScript: a file would bring the TypeScript loader into the thread, 20 MB more.
  const guard = new Worker(watch, { eval: true, workerData: parentPid, execArgv: [], env: {} });
  guard.unref();
}

import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Whether a Redis without password answers PING there within `timeoutMs`. */
export function pingRedis(host: string, port: number, timeoutMs = 1_000): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const finish = (answered: boolean): void => {
      socket.destroy();
      resolve(answered);
    };
    socket.setTimeout(timeoutMs, () => finish(false));
    socket.once('error', () => finish(false));
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', (data) => finish(data.toString('latin1').startsWith('+PONG')));
  });
}

/** Waits until Redis answers. Throws after `deadlineMs`, or with what `failure` resolves to, if that comes first. */
export async function waitForRedis(
  host: string,
  port: number,
  deadlineMs: number,
  failure: Promise<Error> = new Promise(() => undefined),
): Promise<void> {
  const deadline = Date.now() + deadlineMs;
  let failed: Error | undefined;
  void failure.then((error) => (failed = error));
  while (!(await pingRedis(host, port))) {
    if (failed) throw failed;
    if (Date.now() > deadline) throw new Error(`Redis did not answer on ${host}:${port} within ${deadlineMs} ms.`);
    await sleep(25);
  }
}

/**
 * The attacking owner, in a process of its own so that the victim's times are not those of the attack's own work. Plays
 * every trick at once until it is disconnected; answers each message with the counts so far.
 */
import { createServer, type Server } from 'node:http';
import { type AttackTarget, loops, type Trick } from './tricks.ts';
import { holdConnections } from './held-connections.ts';

export type AnswerCounts = Record<string, Record<string, number>>;

const target = JSON.parse(process.argv[2] ?? '{}') as AttackTarget;
const answers: AnswerCounts = {};
/** So that the attacker's own requests per minute last, and the machine is left to those who are measured. */
const pauseMs = 150;
const receiverCount = 30;
/** First the queues are filled: what is held open later takes the shares for that. */
const fillMs = 8_000;

function count(trick: string, answer: string): void {
  const counts = (answers[trick] ??= {});
  counts[answer] = (counts[answer] ?? 0) + 1;
}

process.once('disconnect', () => process.exit(0));
process.on('message', () => process.send?.(answers));

const receivers = await startSilentReceivers();
for (const [name, { atOnce, run }] of Object.entries(loops)) {
  for (let client = 0; client < atOnce; client++) void repeat(name, run);
}
setTimeout(() => holdConnections(target, count), fillMs);

async function repeat(name: string, run: Trick['run']): Promise<never> {
  for (;;) {
    count(
      name,
      await run(target, receivers).catch((error: unknown) => (error instanceof Error ? error.name : 'error')),
    );
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/** Each has an address of its own and never answers. Addresses besides 127.0.0.1 exist on Linux alone. */
async function startSilentReceivers(): Promise<string[]> {
  const hosts = Array.from({ length: receiverCount }, (_, at) =>
    process.platform === 'linux' ? `127.0.2.${at + 1}` : '127.0.0.1',
  );
  return Promise.all(
    hosts.map(async (host) => {
      const server: Server = createServer(() => undefined);
      await new Promise<void>((resolve) => server.listen(0, host, resolve));
      const address = server.address();
      return `http://${host}:${typeof address === 'object' ? address?.port : 0}/never`;
    }),
  );
}

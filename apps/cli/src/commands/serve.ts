import { modelNames } from '@m2fp/core/bundles';
import { Command } from 'commander';
import { type CommandContext, printLine } from '../command-context.ts';
import { threadsOption, wholeNumber } from './shared-options.ts';

interface Flags {
  readonly model: readonly string[];
  readonly port?: number;
  readonly threads: number;
  readonly verbose: boolean;
}

const help = `
Starts everything that the service needs: Redis, an S3 server, the API with its web page, the dispatcher, and a worker for
each model. It answers on this machine only (127.0.0.1), and keeps nothing when it ends: for a service that others rely
on, see docs/deployment.md.

Redis: REDIS_URL if set, else redis-server or valkey-server on the PATH, a container (Docker, Podman), or Debian's and
Ubuntu's packages unpacked into the cache. S3: S3_ENDPOINT (with S3_BUCKET and keys) if set, else a server in memory.
The applications read their other settings from the environment too: CONCURRENCY, PARSER_PROCESSES, LOG_LEVEL …

Examples:
  m2fp serve                              on port 5000, or the next free one
  m2fp serve --port 8080 --threads 4
  m2fp serve --model people portrait      the first is the default; requests may name the other
  REDIS_URL=redis://127.0.0.1:6379 m2fp serve

Ctrl-C and SIGTERM stop everything; the exit code is 0 then.`;

/** `m2fp serve`: the whole service on this machine, until Ctrl-C. */
export function createServeCommand(context: CommandContext): Command {
  return new Command('serve')
    .option('-m, --model <name|dir...>', `${modelNames.join(', ')}, or folders of model bundles`, ['portrait'])
    .option('-p, --port <n>', 'the API’s port (default: 5000 or the next free one)', wholeNumber(1, 65_535))
    .addOption(threadsOption(context.config))
    .option('-v, --verbose', 'print everything that the parts log, not only warnings', false)
    .addHelpText('after', help)
    .action((flags: Flags) => run(flags, context));
}

async function run(flags: Flags, context: CommandContext): Promise<void> {
  const { stdout, stderr, signal, status, unfinished } = context;
  status.show(() => 'Starting Redis, S3 and the service');
  const { instructions, startStack } = await loadStack();
  const [model = 'portrait', ...moreModels] = flags.model;
  const stack = await startStack({
    ...{ model, moreModels, port: flags.port, signal },
    logLevel: flags.verbose ? 'info' : 'warn',
    overrides: (application) => (application === 'worker' ? { THREADS: String(flags.threads) } : {}),
    onStep: (message) => printLine(stderr, message),
    onLine: (application, line) => printLine(stderr, `${application}: ${line}`),
  });
  status.hide();
  try {
    printLine(stdout, `\n${instructions(stack)}`);
    unfinished.words = () => 'photos that are being parsed are finished first';
    await stack.stayUp(signal);
  } finally {
    status.show(() => 'Stopping the service');
    await stack.stop();
    status.hide();
  }
}

/** Loaded only here: no other command needs the parts of the service, and an installation may lack them. */
async function loadStack() {
  try {
    return await import('@m2fp/dev-services/stack');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw error;
    const message = 'The service is not installed here: m2fp was installed without its optional dependencies.';
    throw new Error(message, { cause: error });
  }
}

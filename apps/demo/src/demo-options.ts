import { Command, InvalidArgumentError } from 'commander';

export interface DemoOptions {
  readonly photos: readonly string[];
  readonly out: string;
  readonly once: boolean;
  readonly model: string;
  readonly port: number | undefined;
  readonly verbose: boolean;
}

const examples = `
Examples:
  npm run demo                                  the six sample photos, results in out/
  npm run demo -- photos/ me.jpg --out parsed   your own photos and folders of photos
  npm run demo -- --once --model ./bundle       another model; exits when done

Redis: REDIS_URL if set, else redis-server on the PATH, a container, or the system's packages unpacked into the cache.
S3: S3_ENDPOINT (with S3_BUCKET and keys) if set, else an in-memory server on loopback.`;

/** Parses the command line. Help, and a command line that is wrong, end the process. */
export function parseDemoOptions(argv: readonly string[]): DemoOptions {
  const command = new Command('npm run demo --')
    .description('Parses photos through the whole service (HTTP, queue, worker, storage), all on this machine.')
    .argument('[photos...]', 'photos and folders of photos (default: sample photos)')
    .option('-o, --out <dir>', 'folder for the results and index.html', 'out')
    .option('--once', 'exit when all photos are done, instead of staying up', false)
    .option('-m, --model <name|dir>', 'a model’s name or its bundle’s folder', 'portrait')
    .option('-p, --port <number>', 'the API’s port (default: 5000 or the next free one)', parsePort)
    .option('-v, --verbose', 'show the logs of the API, the worker and the dispatcher', false)
    .addHelpText('after', examples);
  command.parse([...argv], { from: 'user' });
  const options = command.opts<Omit<DemoOptions, 'photos'>>();
  return { ...options, port: options.port, photos: command.args };
}

export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535)
    throw new InvalidArgumentError('A port is a number from 1 to 65535.');
  return port;
}

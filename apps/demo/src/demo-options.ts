import { Command, InvalidArgumentError } from 'commander';

export interface DemoOptions {
  readonly photos: readonly string[];
  readonly out: string;
  readonly once: boolean;
  readonly model: string;
  /** Where to get a published model's weights instead of ModelScope: a URL or a path. */
  readonly from: string | undefined;
  /** detectron2's YAML, for weights of detectron2. */
  readonly config: string | undefined;
  readonly acceptLicense: boolean;
  readonly port: number | undefined;
  readonly verbose: boolean;
}

const examples = `
Examples:
  npm run demo                                  the six sample photos, results in out/
  npm run demo -- photos/ me.jpg --out parsed   your own photos and folders of photos
  npm run demo -- --once --model ./bundle       another model; exits when done
  npm run demo -- --model people photos/        bodies: fetches M2FP's weights (723 MB) once, and shows their license
  npm run demo -- --model people --from https://mirror.example/m2fp/ --accept-license
  npm run demo -- --model people --from model_final.pth --config m2fp_R101_bs16_265k.yaml

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
    .option('--from <url|path>', 'get a published model’s weights from here instead of ModelScope')
    .option('-c, --config <file>', 'detectron2’s YAML, if these are weights of detectron2 (.pth, .pkl)')
    .option('--accept-license', 'agree to the license of the weights without being asked', false)
    .option('-p, --port <number>', 'the API’s port (default: 5000 or the next free one)', parsePort)
    .option('-v, --verbose', 'show the logs of the API, the worker and the dispatcher', false)
    .addHelpText('after', examples);
  command.parse([...argv], { from: 'user' });
  const options = command.opts<Omit<DemoOptions, 'photos'>>();
  const { port, from, config } = options;
  return { ...options, port, from, config, photos: command.args };
}

export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535)
    throw new InvalidArgumentError('A port is a number from 1 to 65535.');
  return port;
}

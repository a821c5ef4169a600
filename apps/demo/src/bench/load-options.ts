import { Command, InvalidArgumentError } from 'commander';

export interface LoadOptions {
  readonly photos: readonly string[];
  readonly jobs: number;
  readonly clients: number;
  readonly warmUp: number;
  readonly model: string;
  readonly json: boolean;
  readonly plot?: string;
}

export function parseLoadOptions(argv: readonly string[]): LoadOptions {
  const command = new Command('npm run bench:load --')
    .description('Drives the whole service with photos and reports throughput, latency, event-loop delay and memory.')
    .argument('[photos...]', 'photos and folders of photos; the sample photos where none are given')
    .option('-n, --jobs <number>', 'photos to parse, the given ones over and over', parseCount, 60)
    .option('-c, --clients <number>', 'clients, each with one photo at a time', parseCount, 4)
    .option(
      '-w, --warm-up <number>',
      'photos before, not counted; and again between the idle memory and the rest',
      parseCount,
      6,
    )
    .option('-m, --model <name|dir>', 'a model’s name or its bundle’s folder', 'portrait')
    .option('--json', 'print JSON', false)
    .option('--plot <file>', 'write memory over time as SVG')
    .addHelpText('after', '\nThe worker is set by its variables as ever: CONCURRENCY, PARSER_PROCESSES, THREADS …');
  command.parse([...argv], { from: 'user' });
  return { ...command.opts<Omit<LoadOptions, 'photos'>>(), photos: command.args };
}

function parseCount(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('A whole number from 1 on.');
  return Number(text);
}

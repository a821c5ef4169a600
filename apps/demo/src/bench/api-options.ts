import { Command, InvalidArgumentError } from 'commander';

export interface ApiBenchOptions {
  readonly parses: number;
  readonly creates: number;
  readonly clients: number;
  readonly rounds: number;
  readonly model: string;
  readonly json: boolean;
}

export function parseApiOptions(argv: readonly string[]): ApiBenchOptions {
  const command = new Command('npm run bench:api --')
    .description('Measures POST /parse on idle workers, and many POST /v1/jobs at once with the API’s memory.')
    .option('-p, --parses <number>', 'photos through POST /parse, one after another', parseCount, 20)
    .option('-n, --creates <number>', 'jobs to create', parseCount, 2_000)
    .option('-c, --clients <number>', 'creates at once', parseCount, 50)
    .option('-r, --rounds <number>', 'how often all of them: memory must not grow with each', parseCount, 3)
    .option('-m, --model <name|dir>', 'a model’s name or its bundle’s folder', 'portrait')
    .option('--json', 'print JSON', false);
  command.parse([...argv], { from: 'user' });
  return command.opts<ApiBenchOptions>();
}

function parseCount(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('A whole number from 1 on.');
  return Number(text);
}

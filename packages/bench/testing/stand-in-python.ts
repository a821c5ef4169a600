import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * A program in `dir` that takes the place of a Python with contender.py: it answers each request with what `answers`
 * has for its type, or with `failed`. What starts with `exit ` ends it, with that on standard error; `silence` is no
 * answer; any other text is not JSON. Each of its processes adds its id to `startedProcesses`.
 */
export async function standInPython(dir: string, answers: Readonly<Record<string, unknown>>): Promise<string> {
  const path = join(dir, 'python-stand-in');
  const program = `#!${process.execPath}
require('node:fs').appendFileSync(__filename + '.processes', process.pid + '\\n');
const answers = ${JSON.stringify(answers)};
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { type } = JSON.parse(line);
  const answer = answers[type] ?? { type: 'failed', message: 'no ' + type };
  if (answer === 'silence') return;
  if (typeof answer !== 'string') console.log(JSON.stringify(answer));
  else if (answer.startsWith('exit ')) process.stderr.write('Traceback\\n' + answer.slice(5), () => process.exit(3));
  else console.log(answer);
});
`;
  await writeFile(path, program);
  await chmod(path, 0o755);
  return path;
}

/** The ids of all processes that a stand-in was run as. */
export async function startedProcesses(path: string): Promise<number[]> {
  const text = await readFile(`${path}.processes`, 'utf8').catch(() => '');
  return text.split('\n').filter(Boolean).map(Number);
}

const memory = { rss: 100e6, peakRss: 200e6 };

/** What a Python that has these packages and works answers. */
export function workingAnswers(packages: Readonly<Record<string, string | null>>): Record<string, unknown> {
  return {
    probe: { type: 'probed', python: '3.11.7', packages },
    load: { type: 'loaded', loadMs: 1_500, memory },
    compare: { type: 'compared', logits: 1e-6, masks: 2e-6 },
    parse: { type: 'parsed', timings: { decode: 10, network: 40, postprocess: 30 }, totalMs: 80, memory },
  };
}

/** Programs that do what the page does: with the same options, and a placeholder for the key. */
import type { ResultFile, SucceededJob } from '@m2fp/client/jobs';
import { type ChosenOptions, neededOutputs, optionsForPrograms } from '../options/chosen-options.ts';
import { outputFields } from '../options/option-fields.generated.ts';

export interface SampleRequest {
  /** Of the service, with a slash at its end. */
  readonly baseUrl: string;
  /** Of the photo. */
  readonly name: string;
  readonly chosen: ChosenOptions;
  /** Whether the service asks for a key. */
  readonly needsKey: boolean;
  /** What was parsed so already, if the sample is about that: it tells which files there are. */
  readonly job?: Pick<SucceededJob, 'id' | 'result'>;
}

export const sampleLanguages = { curl: 'curl', javascript: 'JavaScript', python: 'Python' } as const;
export type SampleLanguage = keyof typeof sampleLanguages;

/** Never the visitor's own key: what is copied is passed on, too. */
const keyPlaceholder = 'YOUR_API_KEY';

export function writeSample(language: SampleLanguage, request: SampleRequest): string {
  switch (language) {
    case 'curl':
      return curlSample(request);
    case 'javascript':
      return javascriptSample(request);
    case 'python':
      return pythonSample(request);
  }
}

function curlSample({ baseUrl, name, chosen, needsKey, job }: SampleRequest): string {
  const options = optionsForPrograms(chosen);
  const key = needsKey ? [`-H 'Authorization: Bearer ${keyPlaceholder}'`] : [];
  const { path, file } = wantedFile(chosen, job);
  const url = `${baseUrl}v1/jobs/${job?.id ?? 'JOB_ID'}/files/${path}`;
  const parse = [
    `curl -F ${shellText(`image=@${curlName(name)}`)}`,
    ...(chosen.model === undefined ? [] : [`-F ${shellText(`model=${chosen.model}`)}`]),
    ...(isEmpty(options) ? [] : [`-F ${shellText(`options=${JSON.stringify(options)}`)}`]),
    ...key,
    `-H 'Prefer: wait=30'`,
    shellText(`${baseUrl}v1/jobs`),
  ];
  const fetched = ['curl --fail-with-body', ...key, `-o ${file}`, shellText(url)];
  return [
    '# The answer has the job: its id, and its files once it has succeeded',
    parse.join(' \\\n  '),
    `# One of its files, by the job's id`,
    fetched.join(' '),
  ].join('\n');
}

function javascriptSample({ baseUrl, name, chosen, needsKey, job }: SampleRequest): string {
  const options = optionsForPrograms(chosen);
  const literal = (value: unknown): string => literalOf(value, javascript);
  const connection = { baseUrl: withoutSlash(baseUrl), ...(needsKey && { apiKey: keyPlaceholder }) };
  const call = {
    ...(chosen.model !== undefined && { model: chosen.model }),
    ...(!isEmpty(options) && { options }),
  };
  const { named, file } = wantedFile(chosen, job);
  return [
    '// npm install @m2fp/client',
    `import { writeFile } from 'node:fs/promises';`,
    `import { createClient } from '@m2fp/client';`,
    '',
    `const m2fp = createClient(${literal(connection)});`,
    `const photo = await m2fp.parse(${literal(name)}${isEmpty(call) ? '' : `, ${literal(call)}`});`,
    'console.log(`People: ${photo.people}`);',
    `await writeFile(${literal(file)}, (await photo.file(${literal(named)})).stream());`,
  ].join('\n');
}

function pythonSample({ baseUrl, name, chosen, needsKey, job }: SampleRequest): string {
  const options = optionsForPrograms(chosen);
  const literal = (value: unknown): string => literalOf(value, python);
  const headers = needsKey ? { Authorization: `Bearer ${keyPlaceholder}` } : {};
  const model = chosen.model === undefined ? '' : `"model": ${literal(chosen.model)}, `;
  const form = isEmpty(options) ? model : `${model}"options": json.dumps(${literal(options)}), `;
  const { path, file } = wantedFile(chosen, job);
  return [
    '# pip install requests',
    `import ${isEmpty(options) ? '' : 'json, '}time, requests`,
    '',
    `jobs, headers = ${literal(`${baseUrl}v1/jobs`)}, ${literal(headers)}`,
    `with open(${literal(name)}, "rb") as photo:`,
    ...(form === '' ? [] : [`    form = { ${form.slice(0, -2)} }`]),
    `    answer = requests.post(jobs, files={"image": photo}, ${form === '' ? '' : 'data=form, '}headers=headers, timeout=60)`,
    `answer.raise_for_status()`,
    'job = answer.json()',
    'while job["finished_at"] is None:',
    '    time.sleep(0.5)',
    '    job = requests.get(f"{jobs}/{job[\'id\']}", headers=headers, timeout=60).json()',
    'print(job["status"], job.get("error", ""))',
    `answer = requests.get(f"{jobs}/{job['id']}/files/${path}", headers=headers, timeout=60)`,
    'answer.raise_for_status()',
    `with open(${literal(file)}, "wb") as result:`,
    '    result.write(answer.content)',
  ].join('\n');
}

interface WantedFile {
  /** Under `files/` of the job. */
  readonly path: string;
  /** As the client names it. */
  readonly named: ResultFile['output'] | { readonly output: ResultFile['output']; readonly person: number };
  /** Where it goes. */
  readonly file: string;
}

/** The first file that the visitor asked for and, as far as is known, gets; or else the label map. */
function wantedFile({ outputs = [], person = [] }: ChosenOptions, job: SampleRequest['job']): WantedFile {
  const wanted = outputs.filter((name) => !neededOutputs.includes(name));
  const made = job?.result.files.find(({ output }) => wanted.includes(output));
  const output = made?.output ?? (job === undefined ? wanted[0] : undefined) ?? 'colormap';
  const pattern = outputFields.find(({ name }) => name === output)?.file ?? output;
  if (!pattern.includes('{person}')) return { path: output, named: output, file: pattern };
  const number = made?.person ?? person[0] ?? 1;
  return {
    path: `${output}/${number}`,
    named: { output, person: number },
    file: pattern.replace('{person}', String(number)).replaceAll('/', '-'),
  };
}

function isEmpty(fields: object): boolean {
  return Object.keys(fields).length === 0;
}

function withoutSlash(url: string): string {
  return url.endsWith('/') ? url.slice(0, -1) : url;
}

/** In a form, commas and semicolons end a file's name, unless it is quoted. */
function curlName(name: string): string {
  return /[,;"\\]/.test(name) ? `"${name.replaceAll(/["\\]/g, '\\$&')}"` : name;
}

/** For POSIX shells. */
function shellText(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** How a language writes values of JSON. */
interface Notation {
  readonly field: (name: string) => string;
  readonly yes: string;
  readonly no: string;
}

const javascript: Notation = { field: (name) => name, yes: 'true', no: 'false' };
const python: Notation = { field: JSON.stringify, yes: 'True', no: 'False' };

function literalOf(value: unknown, notation: Notation): string {
  if (typeof value === 'boolean') return value ? notation.yes : notation.no;
  if (Array.isArray(value)) return `[${value.map((entry) => literalOf(entry, notation)).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).map(([name, field]) => {
    return `${notation.field(name)}: ${literalOf(field, notation)}`;
  });
  return isEmpty(value) ? '{}' : `{ ${fields.join(', ')} }`;
}

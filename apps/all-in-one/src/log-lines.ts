/** Many processes' logs in one: who says it in front, and what is JSON in a form that people read. */
import { z } from 'zod';

const lineSchema = z.looseObject({ level: z.string(), time: z.string(), msg: z.string() });

/** The same for every line of a process, or said in front already. */
const leftOut = new Set(['level', 'time', 'msg', 'app', 'worker']);
const nameColumns = 10;

/** One line of a part's output. What is not a line of our logs stays as it is. */
export function readableLine(part: string, line: string): string {
  const name = part.padEnd(nameColumns);
  const parsed = lineSchema.safeParse(parseJson(line));
  if (!parsed.success) return `${name} ${line}`;
  const { level, time, msg } = parsed.data;
  const fields = Object.entries(parsed.data).filter(([field]) => !leftOut.has(field));
  const facts = fields.map(([field, value]) => `${field}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return [time.slice(11, 19), name, ...(level === 'info' ? [] : [level.toUpperCase()]), msg, ...facts].join(' ');
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

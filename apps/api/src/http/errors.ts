import { AppError } from '@m2fp/contract';
import type { z } from 'zod';
import type { FieldError } from './problem.ts';

/** A request whose shape is wrong: 422 with one entry for each field that was refused. */
export class InvalidRequest extends AppError {
  readonly errors: readonly FieldError[];

  constructor(errors: readonly FieldError[]) {
    super('invalid_request', summarize(errors));
    this.name = 'InvalidRequest';
    this.errors = errors;
  }
}

function summarize(errors: readonly FieldError[]): string {
  const [first, ...others] = errors;
  if (first === undefined) return 'The request is not valid.';
  const place = first.pointer === '' ? '' : `${first.pointer}: `;
  const rest = others.length === 0 ? '' : ` (and ${others.length} more)`;
  return `${place}${first.message}${rest}`;
}

/** RFC 6901: `~` and `/` in a name are escaped. */
export function jsonPointer(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** zod's findings as field errors; each unknown field has an entry of its own. */
export function fieldErrors(error: z.ZodError): FieldError[] {
  return error.issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') return [{ pointer: jsonPointer(issue.path), message: issue.message }];
    return issue.keys.map((key) => ({ pointer: jsonPointer([...issue.path, key]), message: 'Unknown field' }));
  });
}

/** Throws `InvalidRequest`. */
export function parseOrRefuse<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new InvalidRequest(fieldErrors(parsed.error));
  return parsed.data;
}

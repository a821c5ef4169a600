/** The OpenAPI document as a page: docs/http-reference.md. */
import { isErrorCode } from '@m2fp/contract';

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly format?: string;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: Schema;
}

type Contents = Readonly<Record<string, { readonly schema: Schema }>>;

interface Operation {
  readonly tags?: readonly string[];
  readonly summary?: string;
  readonly description?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Contents };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Contents }>>;
}

export interface ReferenceDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** The page as Markdown, not formatted yet: routes by their tags, then the objects that they take and answer with. */
export function httpReference({ paths, components }: ReferenceDocument): string {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ route: `${method.toUpperCase()} ${path}`, operation })),
  );
  const tags = [...new Set(operations.map(({ operation }) => operation.tags?.[0] ?? 'Other'))];
  return [
    '# HTTP API: reference',
    '',
    '<!-- Made from the API’s OpenAPI document by `npm run docs:generate`; edit the routes, not this page. -->',
    '',
    'Every route, field and error of version 1. A running service has the same as OpenAPI 3.1 at `/openapi.json`, ' +
      'and to try out at `/docs`. [The HTTP API](api.md) explains how to use it.',
    ...tags.flatMap((tag) => [
      '',
      `## Routes: ${tag.toLowerCase()}`,
      ...operations.filter(({ operation }) => operation.tags?.[0] === tag).flatMap(routeSection),
    ]),
    '',
    '## Objects',
    ...Object.entries(components.schemas).flatMap(([name, schema]) => objectSection(name, schema)),
    '',
  ].join('\n');
}

function routeSection({ route, operation }: { readonly route: string; readonly operation: Operation }): string[] {
  const { summary = '', description = '', parameters = [], requestBody, responses } = operation;
  const fields = parameters.map(({ name, in: place, required, description: text, schema }) => [
    `\`${name}\`${required === true ? ' (required)' : ''}`,
    place,
    typeOf(schema),
    text ?? schema.description ?? '',
  ]);
  const bodies = Object.entries(requestBody?.content ?? {}).map(([type, { schema }]) => [
    `\`${type}\``,
    typeOf(schema),
  ]);
  const answers = Object.entries(responses).map(([status, { description: text, content = {} }]) => [
    status,
    Object.entries(content)
      .filter(([type]) => type !== 'application/problem+json')
      .map(([type, { schema }]) => `\`${type}\`: ${typeOf(schema)}`)
      .join('; '),
    withLinkedCodes(text),
  ]);
  return [
    '',
    `### ${route}`,
    '',
    `**${summary}.** ${description}`,
    ...table(['parameter', 'in', 'type', ''], fields),
    ...table(['body', 'type'], bodies),
    ...table(['status', 'body', ''], answers),
  ];
}

function objectSection(name: string, schema: Schema): string[] {
  const isObject = schema.properties !== undefined;
  const text = schema.description ?? '';
  return [
    '',
    `### ${name}`,
    '',
    ...(isObject ? [text, ...table(['field', 'type', ''], rows(schema))] : [typeOf(schema), '', text]),
  ];
}

/** A row per field; those of objects within are named with dots. */
function rows({ properties = {}, required = [] }: Schema, prefix = ''): string[][] {
  return Object.entries(properties).flatMap(([name, field]) => {
    const isRequired = required.includes(name) ? '' : '?';
    const own = [`\`${prefix}${name}${isRequired}\``, typeOf(field), field.description ?? ''];
    const inner =
      field.items?.properties === undefined
        ? rows(field, `${prefix}${name}.`)
        : rows(field.items, `${prefix}${name}[].`);
    return [own, ...inner];
  });
}

function typeOf(schema: Schema): string {
  const { $ref, type, items, format } = schema;
  if ($ref !== undefined) {
    const name = $ref.replace(/^.*\//, '');
    return `[${name}](#${name.toLowerCase()})`;
  }
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return choices.map(typeOf).join(' or ');
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (items !== undefined) return `list of ${typeOf(items)}${limits(schema)}`;
  const names = (typeof type === 'string' ? [type] : (type ?? ['any value'])).join(' or ');
  return `${names}${format === undefined ? '' : ` (${format})`}${limits(schema)}`;
}

function limits(schema: Schema): string {
  const { minimum, maximum, minLength, maxLength, minItems, maxItems } = schema;
  const range = (from: number | undefined, to: number | undefined, unit: string): string[] => {
    // Bounds that stand for "any" are no news.
    const most = to === undefined || to >= Number.MAX_SAFE_INTEGER ? undefined : to;
    if (from === undefined && most === undefined) return [];
    if (most === undefined) return from === 0 ? [] : [`at least ${from}${unit}`];
    return [from === undefined ? `at most ${most}${unit}` : `${from} to ${most}${unit}`];
  };
  const facts = [
    ...range(minimum, maximum, ''),
    ...range(minLength, maxLength, ' characters'),
    ...range(minItems, maxItems, ' entries'),
    ...(schema.default === undefined ? [] : [`default \`${JSON.stringify(schema.default)}\``]),
  ];
  return facts.length === 0 ? '' : `, ${facts.join(', ')}`;
}

/** Error codes lead to what they mean. */
function withLinkedCodes(text: string): string {
  return text.replaceAll(/`(\w+)`/g, (whole, code: string) =>
    isErrorCode(code) ? `[${whole}](troubleshooting.md#${code})` : whole,
  );
}

function table(head: readonly string[], body: readonly (readonly string[])[]): string[] {
  if (body.length === 0) return [];
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return ['', line(head), line(head.map(() => '---')), ...body.map(line)];
}

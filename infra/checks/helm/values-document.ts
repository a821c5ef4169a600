/** docs/kubernetes-values.md, made from the comments of the chart's values.yaml. */
import { format } from 'prettier';
import { isMap, isScalar, parseDocument, type Node, type Pair, type YAMLMap } from 'yaml';

interface Row {
  readonly path: string;
  readonly value: string;
  readonly meaning: string;
}

const longestValue = 40;

/** A row for each value that has a comment, in order. Throws for a value that has none, nor any around it. */
function rowsOf(map: YAMLMap, path: string, isCovered: boolean): Row[] {
  return map.items.flatMap((item) => {
    const { key, value } = item as Pair<Node, Node | null>;
    const name = path === '' ? String(key) : `${path}.${String(key)}`;
    // The first key of a map has its comment on the map.
    const comment = key.commentBefore ?? (map.items[0] === item ? map.commentBefore : undefined);
    const paragraph = comment?.split('\n\n').at(-1);
    const meaning = paragraph
      ?.split('\n')
      .map((line) => line.trim())
      .join(' ');
    const inside = isMap(value) && value.items.length > 0;
    if (meaning === undefined && !inside && !isCovered) throw new Error(`${name} has no comment in values.yaml`);
    const row = meaning === undefined ? [] : [{ path: name, value: textOf(value), meaning }];
    return [...row, ...(inside ? rowsOf(value, name, isCovered || meaning !== undefined) : [])];
  });
}

/** The default, unless it is too long for a table. */
function textOf(value: Node | null): string {
  if (isScalar(value)) return value.value === '' ? 'empty' : `\`${String(value.value)}\``;
  const text = JSON.stringify(value?.toJSON() ?? null);
  if (text === '{}' || text === '[]') return 'empty';
  return text.length > longestValue ? 'see values.yaml' : `\`${text}\``;
}

/** @param values the text of values.yaml */
export async function valuesDocument(values: string): Promise<string> {
  const document = parseDocument(values);
  if (!isMap(document.contents)) throw new Error('values.yaml is no map');
  const lines = [
    '# Values of the Helm chart',
    '',
    '<!-- Made from infra/helm/m2fp/values.yaml by `npm run docs:generate`; edit its comments, not this page. -->',
    '',
    'How they go together, with examples, is in [kubernetes](kubernetes.md). A value that is misspelled, of the wrong',
    'kind or out of range is refused when the chart is rendered.',
    '',
    '| value | default | what it is |',
    '| --- | --- | --- |',
    ...rowsOf(document.contents as YAMLMap, '', false).map(
      ({ path, value, meaning }) => `| \`${path}\` | ${value} | ${meaning.replaceAll('|', '\\|')} |`,
    ),
  ];
  return format(lines.join('\n'), { parser: 'markdown', printWidth: 120, proseWrap: 'always' });
}

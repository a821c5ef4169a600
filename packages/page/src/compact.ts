import jsTokens from 'js-tokens';

/** Around these, a blank is for readers only. Not around + and -, which would become other operators. */
const noBlankAround = /^(?:[{}()[\],;:?=<>!&|]|[=!]==?|[=<>]=|=>|&&|\|\||\?\?)$/;

/**
 * A module without comments, indentation, blank lines and most blanks. Lines stay lines, so that semicolons that are
 * left out are still understood. Texts, templates and regular expressions stay as they are, but for the names of
 * imported modules, which `rename` gives.
 */
export function compactScript(script: string, rename: (specifier: string, isDynamic: boolean) => string): string {
  let compact = '';
  let beforeLast = '';
  let last = '\n';
  let gap = '';
  for (const { type, value: written } of jsTokens(script)) {
    const isDynamic = last === '(' && beforeLast === 'import';
    const isImport = type === 'StringLiteral' && (isDynamic || last === 'from' || last === 'import');
    const value = isImport ? `'${rename(written.slice(1, -1), isDynamic)}'` : written;
    if (type === 'WhiteSpace') gap ||= ' ';
    else if (type === 'LineTerminatorSequence') gap = '\n';
    else if (type === 'SingleLineComment') continue;
    else if (type === 'MultiLineComment') gap = value.includes('\n') ? '\n' : gap || ' ';
    else {
      const isIdle = gap === ' ' ? noBlankAround.test(last) || noBlankAround.test(value) : last === '\n';
      compact += isIdle ? value : gap + value;
      beforeLast = last;
      last = value;
      gap = '';
    }
  }
  return `${compact}\n`;
}

/** A style sheet without comments and indentation. None of its texts may look like a comment. */
export function compactStyles(styles: string): string {
  return styles
    .replaceAll(/\/\*[^*]*\*+(?:[^/*][^*]*\*+)*\//g, '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n');
}

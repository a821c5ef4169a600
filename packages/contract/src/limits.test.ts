import { format } from 'prettier';
import { expect, test } from 'vitest';
import { bounds, ownerShares, photoLimits, shareNames, type BoundName } from './limits.ts';

test('docs/limits.md says what the tables say', async () => {
  await expect(await limitsDocument()).toMatchFileSnapshot('../../../docs/limits.md');
});

async function limitsDocument(): Promise<string> {
  const names = Object.keys(bounds) as BoundName[];
  const lines = [
    '# Limits',
    '',
    '<!-- Made from packages/contract/src/limits.ts by `npm run docs:generate`; edit the tables, not this page. -->',
    '',
    'What is beyond a limit is refused with a clear error and costs nobody else anything. There are two kinds: ',
    'bounds, which are fixed, and shares, which say what one owner may have.',
    '',
    '## Shares of an owner',
    '',
    'They count over all keys of an owner. The setting is the default for every owner; a key can have its own number: ',
    '`m2fp keys create --share NAME=N` (also `--requests-per-minute`, `--jobs-at-once`). While no key is configured, ',
    'there is one person on one machine, and no shares.',
    '',
    'Every answer to a request with a key shows them: `RateLimit-Policy` lists the shares with their limits ',
    '(`q`), and `RateLimit` says what is left of each (`r`). Beyond a share, the answer is `429` with code ',
    '`rate_limited` and `Retry-After`. In metrics, `m2fp_owner_share_held` and `m2fp_owner_share_limit` are what ',
    'an owner has and may have, and `m2fp_owner_share_refused_total` counts what was refused, of the twenty owners ',
    'that have most ([monitoring](monitoring.md)). Deliveries are made by ',
    'dispatchers: what an owner has of them is in their metrics, and a delivery beyond the share waits.',
    '',
    '| share | of one owner | default | setting |',
    '| --- | --- | --- | --- |',
    ...shareNames.map((name) => {
      const { of, default: value, setting, unit } = ownerShares[name];
      return `| \`${name}\` | ${of} | ${amount(value, unit)} | \`${setting}\` |`;
    }),
    '',
    '## Bounds',
    '',
    '| at most | of |',
    '| --- | --- |',
    `| ${amount(photoLimits.maxBytes, 'bytes')} | a photo (\`MAX_IMAGE_BYTES\`) |`,
    `| ${amount(photoLimits.maxPixels, 'pixels')} | a photo (\`MAX_IMAGE_PIXELS\`) |`,
    `| ${amount(photoLimits.maxSidePx, 'pixels')} | a side of a photo |`,
    ...names.map((name) => `| ${amount(bounds[name].max, bounds[name].unit)} | ${bounds[name].of} |`),
  ];
  return format(lines.join('\n').replaceAll(', \n', ',\n').replaceAll(' \n', '\n'), {
    parser: 'markdown',
    printWidth: 120,
    proseWrap: 'always',
  });
}

/** 65,536 bytes as 64 KiB; other numbers with separators. */
function amount(value: number, unit: string): string {
  const [name, size] = value >= 2 ** 20 ? ['MiB', 2 ** 20] : ['KiB', 2 ** 10];
  if (unit.startsWith('bytes') && value % size === 0) return `${value / size} ${unit.replace('bytes', name)}`;
  return `${value.toLocaleString('en-US')} ${unit}`;
}

/**
 * `npm run lint:images`: every image that is not built here is named by its digest, the base of infra/Dockerfile is
 * that of infra/base-image, and its S3 server that of docker-compose.yml. With `--fix`, the base is copied from there.
 */
import { readFile, writeFile } from 'node:fs/promises';

const dockerfile = 'infra/Dockerfile';
const base = 'infra/base-image/Dockerfile';
const compose = 'docker-compose.yml';
/** No registry could be asked when these were added; docs/deployment.md says so. */
const byTag = ['prom/prometheus:v3.5.0', 'grafana/grafana:12.1.0'];
const byDigest = /@sha256:[0-9a-f]{64}$/;

const read = (path: string): Promise<string> => readFile(path, 'utf8');
/** What stands in place of a variable that is not set. */
const defaultOf = (image: string): string => /^\$\{\w+:-(.+)\}$/.exec(image)?.[1] ?? image;

const wanted = /^FROM (\S+)$/m.exec(await read(base))?.[1] ?? '';
const own = /^FROM \$\{NODE_IMAGE:-(\S+)\} AS base$/m.exec(await read(dockerfile))?.[1] ?? '';
if (wanted !== own && process.argv.includes('--fix')) {
  await writeFile(dockerfile, (await read(dockerfile)).replace(own, wanted));
} else if (wanted !== own) {
  console.error(`${dockerfile}: its base is not the one of ${base}; run \`npm run lint:images -- --fix\``);
  process.exitCode = 1;
}

const s3 = /^FROM \$\{S3_IMAGE:-(\S+)\} AS s3-server$/m.exec(await read(dockerfile))?.[1] ?? '';
if (!(await read(compose)).includes(`\${S3_IMAGE:-${s3}}`)) {
  console.error(`${dockerfile}: its S3 server, ${s3}, is not the one of ${compose}`);
  process.exitCode = 1;
}

const composed = [...(await read(compose)).matchAll(/^ +image: (\S+)$/gm)].map(([, image = '']) => defaultOf(image));
const others = composed.filter((image) => !/^m2fp-[a-z]+$/.test(image));
for (const image of [wanted, ...others]) {
  if (byDigest.test(image) || byTag.includes(image)) continue;
  console.error(`${image} is not named by a digest`);
  process.exitCode = 1;
}
if (others.length === 0) throw new Error(`${compose} has no image; run this from the repository's root`);

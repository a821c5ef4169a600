/**
 * `npm run check:image-sizes`: what each image weighs, and what its layers above the base do: Node itself, or Debian with
 * Node (`only-node`, `slim` of infra/Dockerfile). Builds them first, all from one base; exits with 1 if one is heavier
 * than it may be. Arguments go on to `docker build`, such as `--build-arg NODE_IMAGE=…`. Needs Docker.
 */
import { spawnSync } from 'node:child_process';

const megabyte = 1_000_000;
/** What it stands on, and the most that it may have above that, in MB. */
const images = {
  api: ['only-node', 60],
  dispatcher: ['only-node', 60],
  setup: ['only-node', 60],
  cli: ['only-node', 150],
  worker: ['slim', 150],
  'all-in-one': ['slim', undefined],
} as const;
const builtWith = process.argv.slice(2);

function docker(...args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync('docker', args, { encoding: 'utf8', maxBuffer: 64 * megabyte });
  if (error) throw error;
  if (status !== 0)
    throw new Error(`docker ${args.join(' ')} failed:\n${stdout.slice(-2_000)}\n${stderr.slice(-2_000)}`);
  return stdout;
}

/** Bytes of all layers, as `docker images` has it. */
function sizeOf(target: string): number {
  const name = `m2fp-${target}`;
  docker('build', ...builtWith, '--file', 'infra/Dockerfile', '--target', target, '--tag', name, '.');
  return Number(docker('image', 'inspect', '--format', '{{.Size}}', name));
}

const bases = { 'only-node': sizeOf('only-node'), slim: sizeOf('slim') };
const inMegabytes = (bytes: number): string => (bytes / megabyte).toFixed(0).padStart(6);
console.log('image           MB    base   above');
for (const [target, [base, most]] of Object.entries(images)) {
  const bytes = sizeOf(target);
  const above = bytes - bases[base];
  const isTooMuch = most !== undefined && above > most * megabyte;
  if (isTooMuch) process.exitCode = 1;
  const figures = [bytes, bases[base], above].map(inMegabytes).join('  ');
  console.log(`${target.padEnd(12)}${figures}  on ${base}${isTooMuch ? `: more than ${most}` : ''}`);
}

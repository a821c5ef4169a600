/**
 * `npm run check:image-sizes`: what each image weighs, and what its layers above the base do, which is Node itself, or
 * Debian with Node (`only-node`, `slim` of infra/Dockerfile). Builds them first, all from one base; exits with 1 if one
 * is heavier than it may be. Arguments go on to `docker build`, such as `--build-arg NODE_IMAGE=…`. Needs Docker.
 */
import { spawnSync } from 'node:child_process';

const megabyte = 1_000_000;
/** What it stands on, and the most that it may weigh above that and in all, in MB. */
const images = {
  api: { base: 'only-node', above: 60, inAll: 200 },
  dispatcher: { base: 'only-node', above: 60, inAll: 200 },
  setup: { base: 'only-node', above: 60, inAll: 200 },
  cli: { base: 'only-node', above: 150, inAll: 350 },
  worker: { base: 'slim', above: 150, inAll: 350 },
  'all-in-one': { base: 'slim', above: 350, inAll: 550 },
} as const;
const builtWith = process.argv.slice(2);
/** Another base is not ours to judge. */
const isOwnBase = !builtWith.some((word) => word.includes('NODE_IMAGE'));

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
for (const [target, most] of Object.entries(images)) {
  const bytes = sizeOf(target);
  const base = bases[most.base];
  const faults = [
    ...(bytes - base > most.above * megabyte ? [`more than ${most.above} above its base`] : []),
    ...(isOwnBase && bytes > most.inAll * megabyte ? [`more than ${most.inAll}`] : []),
  ];
  if (faults.length > 0) process.exitCode = 1;
  const figures = [bytes, base, bytes - base].map(inMegabytes).join('  ');
  console.log(`${target.padEnd(12)}${figures}  on ${[most.base, ...faults].join(': ')}`);
}

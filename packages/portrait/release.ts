/** What is made for the published package: its bundle, by the compiler, from the packages that have the networks. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { buildPortraitBundle } from '@m2fp/compiler/portrait';

/** @param target the folder that is packed. Throws `model_unavailable` if one of the two packages is not installed. */
export async function addFiles(target: string): Promise<void> {
  await buildPortraitBundle(join(target, 'bundle'));
}

/** In the repository, a bundle that stayed would be used in place of what the compiler builds from its sources. */
export async function removeFiles(target: string): Promise<void> {
  await rm(join(target, 'bundle'), { recursive: true, force: true });
}

import { fileURLToPath } from 'node:url';

/** The programs that make up the service; started as processes of their own, never imported. */
const root = new URL('../../../../', import.meta.url);

export const applications = {
  api: fileURLToPath(new URL('apps/api/src/main.ts', root)),
  worker: fileURLToPath(new URL('apps/worker/src/main.ts', root)),
  dispatcher: fileURLToPath(new URL('apps/dispatcher/src/main.ts', root)),
} as const;

/** For node, as `npm start` of each has them. */
export const nodeFlags: Readonly<Record<Application, readonly string[]>> = {
  api: ['--max-semi-space-size=16'],
  worker: [],
  dispatcher: [],
};

export type Application = keyof typeof applications;

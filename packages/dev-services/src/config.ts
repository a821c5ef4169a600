import { z } from 'zod';

const text = z
  .string()
  .optional()
  .transform((value) => (value === '' ? undefined : value));

const environmentSchema = z.object({
  REDIS_URL: text,
  REDIS_FROM: z.enum(['path', 'container', 'packages', '']).optional(),
  REDIS_IMAGE: text,
  M2FP_CACHE_DIR: text,
  S3_ENDPOINT: text,
  S3_REGION: text,
  S3_BUCKET: text,
  AWS_ACCESS_KEY_ID: text,
  AWS_SECRET_ACCESS_KEY: text,
  TESTCONTAINERS_RYUK_DISABLED: text,
  DOCKER_HOST: text,
  XDG_RUNTIME_DIR: text,
  HOME: text,
  PATH: text,
});

export type DevServicesEnvironment = z.infer<typeof environmentSchema>;

export function readEnvironment(env: NodeJS.ProcessEnv = process.env): DevServicesEnvironment {
  return environmentSchema.parse(env);
}

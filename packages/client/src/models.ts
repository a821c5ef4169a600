import type { components } from './api-schema.generated.ts';
import { type Connection, readJson } from './connection.ts';
import type { CallOptions } from './retry.ts';

/** A model that requests can name. */
export type Model = components['schemas']['Model'];

/** How much work waits for a model's workers. */
export type Backlog = components['schemas']['Backlog'];

/** @param connection how requests get to the service */
export function createModels(connection: Connection) {
  return {
    /** The models that `model` of a call can name, the default first. */
    list: async (call?: CallOptions): Promise<readonly Model[]> => {
      const read = readJson<components['schemas']['ModelList']>;
      return (await connection.call('/v1/models', {}, read, call)).models;
    },
    /** How much work waits for a model's workers, of all owners. Needs a key with the scope `metrics`. */
    backlog: (model: string, call?: CallOptions): Promise<Backlog> =>
      connection.call(`/v1/models/${encodeURIComponent(model)}/backlog`, {}, readJson<Backlog>, call),
  };
}

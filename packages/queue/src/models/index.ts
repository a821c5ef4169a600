/** The models of one service: which there are, and what each has of its own. */
export { ModelRegistry, type KnownModel } from './model-registry.ts';
export { PerModel } from './per-model.ts';
export { WatchedModels } from './watched-models.ts';

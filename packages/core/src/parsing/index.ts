/** From a photo to its results: loading a model, parsing photos with it, and the steps that the compiler checks. */
export * from './load-model.ts';
export { lowestScore, postProcessPeople } from '../kinds/m2fp/post-process.ts';
export { postProcessPerson } from '../kinds/m2fp-single/post-process.ts';
export {
  contractProblems,
  type SemanticInput,
  semanticInputSchema,
  type SemanticManifest,
  type SemanticOutput,
  semanticOutputSchema,
} from '../kinds/semantic/manifest.ts';
export { describeShape } from '../kinds/semantic/network.ts';
export { loadSemantic } from '../kinds/semantic/parser.ts';
export type { OutputFile } from './outputs.ts';
export { encodeParsing, parsePhoto, readParsing } from './parse-photo.ts';
export { planarPixels } from './network/input-tensor.ts';
export { loadM2fpNetwork } from './network/m2fp-network.ts';
export { createNetworkOutput, type NetworkOutput } from './network/network-output.ts';
export type { Box, ResizeSteps, Size } from './resize/resize-steps.ts';
export type * from './types.ts';

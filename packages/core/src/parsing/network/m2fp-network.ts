import type { Bundle, Manifest } from '../../model/manifest.ts';
import { loadGraph } from '../../model/load-graph.ts';
import type { SessionSettings } from '../../model/session.ts';
import { type InputRule, InputTensor } from './input-tensor.ts';
import { createNetworkOutput, type NetworkOutput } from './network-output.ts';

/** A loaded M2FP graph and its input: fill the input, then run. One photo at a time. */
export interface M2fpNetwork {
  readonly input: InputTensor;
  run(): Promise<NetworkOutput>;
  close(): Promise<void>;
}

/** Throws `model_unavailable`. */
export async function loadM2fpNetwork(
  bundle: Bundle<Manifest & { readonly input: InputRule }>,
  settings: SessionSettings,
): Promise<M2fpNetwork> {
  const session = await loadGraph(bundle, bundle.manifest.graph, settings);
  const input = new InputTensor(bundle.manifest.input);
  return {
    input,
    async run() {
      return createNetworkOutput(await session.run({ image: input.tensor }));
    },
    close: () => session.close(),
  };
}

/** Writing ONNX: a typed graph builder over protobuf, with weights in a memory-mappable file beside the model. */
export { createGraph } from './graph-builder.ts';
export { encodeModel } from './onnx-schema.ts';

/** Writing ONNX: a typed graph builder over protobuf, with weights in a memory-mappable file next to the model. */
export { createGraph } from './graph-builder.ts';
export { encodeModel } from './onnx-schema.ts';

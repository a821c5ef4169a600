/** Writing ONNX: a typed graph builder over protobuf, with weights in a memory-mappable file beside the model. */
export * from './element-type.ts';
export * from './graph-builder.ts';
export * from './onnx-schema.ts';
export * from './weight-file.ts';

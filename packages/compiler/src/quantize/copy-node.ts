import type { Attribute, GraphBuilder, Value } from '../onnx/graph-builder.ts';
import type { NodeProto } from '../onnx/onnx-schema.ts';

/** `AttributeProto.AttributeType` */
const types = { float: 1, int: 2, string: 3, floats: 6, ints: 7 } as const;

/** A node's attributes as the graph builder takes them. Throws for a kind that the compiler never writes. */
export function attributesOf(node: NodeProto): Record<string, Attribute> {
  return Object.fromEntries(
    node.attribute.map(({ name, type, f = 0, i = 0, s, floats = [], ints = [] }): [string, Attribute] => {
      switch (type) {
        case types.float:
          return [name, { float: f }];
        case types.int:
          return [name, i];
        case types.string:
          return [name, new TextDecoder().decode(s)];
        case types.floats:
          return [name, { floats }];
        case types.ints:
          return [name, ints];
        default:
          throw new Error(`${node.name}: the attribute ${name} is of a type that is not copied.`);
      }
    }),
  );
}

/** The same node in another graph, under the same name. Gives its outputs, in order. */
export function copyNode(g: GraphBuilder, node: NodeProto, inputs: readonly (Value | undefined)[]): Value[] {
  const options = { name: node.name, ...(node.domain ? { domain: node.domain } : {}) };
  return g.nodes(node.op_type, inputs, node.output.length, attributesOf(node), options);
}

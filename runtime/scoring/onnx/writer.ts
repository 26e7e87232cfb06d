import { ProtobufWriter } from './protobuf.ts';
import {
  ATTRIBUTE_TYPES,
  ELEMENT_TYPES,
  FIELDS,
  IR_VERSION,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValue,
} from './schema.ts';

/** Serialises a model as the protocol buffer that ONNX files are. */
export function encodeOnnx(model: OnnxModel): Uint8Array {
  const graph = new ProtobufWriter();
  for (const node of model.nodes) graph.message(FIELDS.graph.node, encodeNode(node));
  graph.text(FIELDS.graph.name, model.name);
  for (const tensor of model.initializers) graph.message(FIELDS.graph.initializer, encodeTensor(tensor));
  for (const value of model.inputs) graph.message(FIELDS.graph.input, encodeValue(value));
  for (const value of model.outputs) graph.message(FIELDS.graph.output, encodeValue(value));
  const opset = new ProtobufWriter().text(FIELDS.opset.domain, '').integer(FIELDS.opset.version, model.opset);
  return new ProtobufWriter()
    .integer(FIELDS.model.irVersion, IR_VERSION)
    .text(FIELDS.model.producer, 'attune')
    .message(FIELDS.model.graph, graph)
    .message(FIELDS.model.opset, opset)
    .finish();
}

function encodeNode(node: OnnxNode): ProtobufWriter {
  const writer = new ProtobufWriter();
  for (const input of node.inputs) writer.text(FIELDS.node.input, input);
  for (const output of node.outputs) writer.text(FIELDS.node.output, output);
  writer.text(FIELDS.node.name, node.outputs.join('+')).text(FIELDS.node.operator, node.operator);
  for (const [name, value] of Object.entries(node.attributes ?? {})) {
    const attribute = new ProtobufWriter().text(FIELDS.attribute.name, name);
    if (typeof value === 'string') attribute.text(FIELDS.attribute.string, value);
    else attribute.integer(FIELDS.attribute.int, value);
    attribute.integer(FIELDS.attribute.type, typeof value === 'string' ? ATTRIBUTE_TYPES.string : ATTRIBUTE_TYPES.int);
    writer.message(FIELDS.node.attribute, attribute);
  }
  return writer;
}

function encodeTensor(tensor: OnnxTensor): ProtobufWriter {
  const writer = new ProtobufWriter();
  for (const size of tensor.dimensions) writer.integer(FIELDS.tensor.dimension, size);
  return writer
    .integer(FIELDS.tensor.elementType, ELEMENT_TYPES[tensor.type])
    .text(FIELDS.tensor.name, tensor.name)
    .bytes(FIELDS.tensor.rawData, tensor.data);
}

function encodeValue(value: OnnxValue): ProtobufWriter {
  const shape = new ProtobufWriter();
  for (const dimension of value.dimensions) {
    const writer = new ProtobufWriter();
    if (typeof dimension === 'string') writer.text(FIELDS.dimension.parameter, dimension);
    else writer.integer(FIELDS.dimension.value, dimension);
    shape.message(FIELDS.shape.dimension, writer);
  }
  const tensorType = new ProtobufWriter()
    .integer(FIELDS.tensorType.elementType, ELEMENT_TYPES[value.type])
    .message(FIELDS.tensorType.shape, shape);
  return new ProtobufWriter()
    .text(FIELDS.value.name, value.name)
    .message(FIELDS.value.type, new ProtobufWriter().message(FIELDS.type.tensor, tensorType));
}

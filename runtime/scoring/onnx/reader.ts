import { ProtobufError, readFields } from './protobuf.ts';
import {
  ELEMENT_TYPES,
  FIELDS,
  type ElementType,
  type OnnxInterface,
  type OnnxTensor,
  type OnnxValue,
} from './schema.ts';

/**
 * Reads operator set, inputs, outputs and constants of an ONNX file; the data of the constants are views of `file`.
 * Throws `ProtobufError` on bytes that are not a model, or on an element type that this project does not use.
 */
export function decodeOnnxInterface(file: Uint8Array): OnnxInterface {
  let opset = 0;
  let graph: Uint8Array | undefined;
  for (const { field, bytes } of readFields(file)) {
    if (field === FIELDS.model.graph) graph = bytes;
    else if (field === FIELDS.model.opset) opset = defaultOpset(bytes) ?? opset;
  }
  if (!graph) throw new ProtobufError('The file holds no graph.');
  const initializers: OnnxTensor[] = [];
  const inputs: OnnxValue[] = [];
  const outputs: OnnxValue[] = [];
  for (const { field, bytes } of readFields(graph)) {
    if (field === FIELDS.graph.initializer) initializers.push(decodeTensor(bytes));
    else if (field === FIELDS.graph.input) inputs.push(decodeValue(bytes));
    else if (field === FIELDS.graph.output) outputs.push(decodeValue(bytes));
  }
  return { opset, initializers, inputs, outputs };
}

/** Version of the operator set `ai.onnx`, whose domain is the empty text; undefined for other domains. */
function defaultOpset(message: Uint8Array): number | undefined {
  let domain = '';
  let version = 0;
  for (const { field, integer, bytes } of readFields(message)) {
    if (field === FIELDS.opset.domain) domain = textOf(bytes);
    else if (field === FIELDS.opset.version) version = integer;
  }
  return domain === '' ? version : undefined;
}

function decodeTensor(message: Uint8Array): OnnxTensor {
  let name = '';
  let type = 0;
  let data: Uint8Array = new Uint8Array(0);
  const dimensions: number[] = [];
  for (const { field, integer, bytes } of readFields(message)) {
    if (field === FIELDS.tensor.name) name = textOf(bytes);
    else if (field === FIELDS.tensor.elementType) type = integer;
    else if (field === FIELDS.tensor.dimension) dimensions.push(integer);
    else if (field === FIELDS.tensor.rawData) data = bytes;
  }
  return { name, type: elementType(type, name), dimensions, data };
}

function decodeValue(message: Uint8Array): OnnxValue {
  let name = '';
  let tensorType: Uint8Array = new Uint8Array(0);
  for (const { field, bytes } of readFields(message)) {
    if (field === FIELDS.value.name) name = textOf(bytes);
    else if (field === FIELDS.value.type) tensorType = nested(bytes, FIELDS.type.tensor);
  }
  let type = 0;
  const dimensions: (number | string)[] = [];
  for (const { field, integer, bytes } of readFields(tensorType)) {
    if (field === FIELDS.tensorType.elementType) type = integer;
    else if (field === FIELDS.tensorType.shape) dimensions.push(...decodeShape(bytes));
  }
  return { name, type: elementType(type, name), dimensions };
}

function decodeShape(message: Uint8Array): (number | string)[] {
  const dimensions: (number | string)[] = [];
  for (const { field, bytes } of readFields(message)) {
    if (field !== FIELDS.shape.dimension) continue;
    let dimension: number | string = '';
    for (const part of readFields(bytes)) {
      if (part.field === FIELDS.dimension.value) dimension = part.integer;
      else if (part.field === FIELDS.dimension.parameter) dimension = textOf(part.bytes);
    }
    dimensions.push(dimension);
  }
  return dimensions;
}

function nested(message: Uint8Array, wanted: number): Uint8Array {
  for (const { field, bytes } of readFields(message)) {
    if (field === wanted) return bytes;
  }
  return new Uint8Array(0);
}

function elementType(code: number, name: string): ElementType {
  for (const [type, known] of Object.entries(ELEMENT_TYPES)) if (known === code) return type as ElementType;
  const known = Object.keys(ELEMENT_TYPES).join(', ');
  throw new ProtobufError(`Tensor "${name}" has the element type ${code}; only ${known} are used here.`);
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

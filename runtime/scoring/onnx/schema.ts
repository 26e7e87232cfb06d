/** The part of ONNX that this project writes and reads: types, and the field numbers of onnx.proto by message. */

/** Element types of tensors (`TensorProto.DataType`). */
export const ELEMENT_TYPES = { float32: 1, int32: 6, int64: 7 } as const;
export type ElementType = keyof typeof ELEMENT_TYPES;

/** IR version that came with operator set 18 (ONNX 1.13). */
export const IR_VERSION = 8;

/** `AttributeProto.AttributeType`. */
export const ATTRIBUTE_TYPES = { int: 2, string: 3 } as const;

export const FIELDS = {
  model: { irVersion: 1, producer: 2, graph: 7, opset: 8 },
  opset: { domain: 1, version: 2 },
  graph: { node: 1, name: 2, initializer: 5, input: 11, output: 12 },
  node: { input: 1, output: 2, name: 3, operator: 4, attribute: 5 },
  attribute: { name: 1, int: 3, string: 4, type: 20 },
  tensor: { dimension: 1, elementType: 2, name: 8, rawData: 9 },
  value: { name: 1, type: 2 },
  type: { tensor: 1 },
  tensorType: { elementType: 1, shape: 2 },
  shape: { dimension: 1 },
  dimension: { value: 1, parameter: 2 },
} as const;

/** A constant tensor; `data` holds the elements little endian in row order. */
export interface OnnxTensor {
  name: string;
  type: ElementType;
  dimensions: readonly number[];
  data: Uint8Array;
}

/** One operator call. */
export interface OnnxNode {
  operator: string;
  inputs: readonly string[];
  outputs: readonly string[];
  attributes?: Readonly<Record<string, number | string>>;
}

/** An input or output of a graph; a dimension is a size or the name of a variable one. */
export interface OnnxValue {
  name: string;
  type: ElementType;
  dimensions: readonly (number | string)[];
}

/** The outside of a graph: what a caller has to know of it, and its constants. */
export interface OnnxInterface {
  opset: number;
  initializers: readonly OnnxTensor[];
  inputs: readonly OnnxValue[];
  outputs: readonly OnnxValue[];
}

export interface OnnxModel extends OnnxInterface {
  name: string;
  nodes: readonly OnnxNode[];
}

/** The bytes under a typed array, without a copy. */
export function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

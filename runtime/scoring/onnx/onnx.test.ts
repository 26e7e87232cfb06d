import fc from 'fast-check';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { ProtobufError, ProtobufWriter, readFields } from './protobuf.ts';
import { decodeOnnxInterface } from './reader.ts';
import { bytesOf, type OnnxModel } from './schema.ts';
import { encodeOnnx } from './writer.ts';

const model: OnnxModel = {
  opset: 18,
  name: 'shifted maximum',
  nodes: [
    { operator: 'Add', inputs: ['x', 'shift'], outputs: ['shifted'] },
    { operator: 'ReduceMax', inputs: ['shifted', 'axis'], outputs: ['y'], attributes: { keepdims: 0 } },
  ],
  initializers: [
    { name: 'shift', type: 'float32', dimensions: [3], data: bytesOf(Float32Array.of(1, 2, 3)) },
    { name: 'axis', type: 'int64', dimensions: [1], data: bytesOf(BigInt64Array.of(-1n)) },
  ],
  inputs: [{ name: 'x', type: 'float32', dimensions: ['rows', 3] }],
  outputs: [{ name: 'y', type: 'float32', dimensions: ['rows'] }],
};

function opsetOf(file: Uint8Array): number | 'refused' {
  try {
    return decodeOnnxInterface(file).opset;
  } catch (error) {
    expect(error).toBeInstanceOf(ProtobufError);
    return 'refused';
  }
}

describe('protobuf', () => {
  it('reads back the integers, texts and messages that it wrote', () => {
    const number = fc.record({ field: fc.integer({ min: 1, max: 2000 }), value: fc.maxSafeInteger() });
    const text = fc.record({ field: fc.integer({ min: 1, max: 2000 }), value: fc.string({ unit: 'grapheme' }) });
    fc.assert(
      fc.property(fc.array(fc.oneof(number, text)), (fields) => {
        const inner = new ProtobufWriter();
        for (const { field, value } of fields) {
          if (typeof value === 'number') inner.integer(field, value);
          else inner.text(field, value);
        }
        const [outer] = readFields(new ProtobufWriter().message(7, inner).finish());
        const read = [...readFields(outer!.bytes)].map(({ field, integer, bytes }, position) => ({
          field,
          value: typeof fields[position]!.value === 'number' ? integer : new TextDecoder().decode(bytes),
        }));
        expect(outer!.field).toBe(7);
        expect(read).toEqual(fields);
      }),
    );
  });

  it('skips fixed-width fields', () => {
    const bytes = Uint8Array.of((1 << 3) | 5, 1, 2, 3, 4, (2 << 3) | 1, 1, 2, 3, 4, 5, 6, 7, 8, 3 << 3, 9);
    expect([...readFields(bytes)].map(({ field, integer }) => [field, integer])).toEqual([
      [1, 0],
      [2, 0],
      [3, 9],
    ]);
  });

  it.each([
    ['a number that does not end', [0x08, 0x80]],
    ['a number that is too long', [0x08, ...new Array<number>(11).fill(0x80), 0]],
    ['a field beyond the end', [0x0a, 5, 1]],
    ['a negative length', [0x0a, ...new Array<number>(9).fill(0xff), 1]],
    ['an unknown wire type', [0x0b]],
  ])('refuses %s', (_, bytes) => {
    expect(() => [...readFields(Uint8Array.from(bytes))]).toThrow(ProtobufError);
  });
});

describe('ONNX files', () => {
  it('run in onnxruntime as written', async () => {
    const session = await InferenceSession.create(encodeOnnx(model));
    const { y } = await session.run({ x: new Tensor('float32', Float32Array.of(0, 0, 0, 9, 1, 1), [2, 3]) });
    expect([...(y!.data as Float32Array)]).toEqual([3, 10]);
    await session.release();
  });

  it('are read back as written', () => {
    const { opset, inputs, outputs, initializers } = model;
    expect(decodeOnnxInterface(encodeOnnx(model))).toEqual({ opset, inputs, outputs, initializers });
  });

  it('are never taken for whole when cut anywhere', () => {
    const file = encodeOnnx(model);
    for (let length = 0; length < file.length; length++) {
      expect(opsetOf(file.subarray(0, length))).not.toBe(model.opset);
    }
    expect(opsetOf(file)).toBe(model.opset);
  });

  it('are refused with an element type that is not used here', () => {
    const text = new ProtobufWriter().integer(2, 8).text(8, 'labels');
    const file = new ProtobufWriter().message(7, new ProtobufWriter().message(5, text)).finish();
    expect(() => decodeOnnxInterface(file)).toThrow(
      'Tensor "labels" has the element type 8; only float32, int32, int64 are used here.',
    );
  });
});

import { describe, expect, it } from 'vitest'

import { decodeObject } from './decode.ts'
import { isKindType, typeNames } from './fields.ts'
import { decodeProtobuf, encodeProtobuf, hasProtobuf } from './protobuf.ts'
import { WireReader, WireWriter } from './protobuf-wire.ts'
import { sampleObject, seededRandom } from './testing/sample.ts'

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

describe('protobuf bodies', () => {
  it('carry objects of every kind there and back', () => {
    const random = seededRandom(1)
    const kinds = typeNames().filter((type) => isKindType(type) && hasProtobuf(type))
    expect(kinds.length).toBeGreaterThan(120)
    for (const type of kinds) {
      for (let round = 0; round < 5; round++) {
        const object = sampleObject(type, random)
        const body = decodeProtobuf(encodeProtobuf(type, object))
        expect(body.type).toBe(type)
        expect(body.json, type).toEqual(object)
      }
    }
  })

  it('have the bytes that Go writes', () => {
    // {apiVersion: v1, kind: ConfigMap}, metadata.name "a" (1.1), data {k: v} (2), immutable true (4).
    const object = { metadata: { name: 'a' }, data: { k: 'v' }, immutable: true }
    const raw = `0a03${'0a0161'}` + `1206${'0a016b120176'}` + '2001'
    const typeMeta = `0a02${hex(Buffer.from('v1'))}1209${hex(Buffer.from('ConfigMap'))}`
    const expected = `6b387300` + `0a${'0f'}${typeMeta}` + `12${'0f'}${raw}` + '1a00' + '2200'
    expect(hex(encodeProtobuf('core/v1.ConfigMap', object))).toBe(expected)
    expect(decodeProtobuf(Buffer.from(expected, 'hex')).json).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      ...object,
    })
  })

  it('put embedded structs in messages of their own', () => {
    // Volume: name is field 1, its source field 2, emptyDir field 2 of that.
    const pod = { spec: { volumes: [{ name: 'v', emptyDir: {} }] } }
    expect(hex(encodeProtobuf('core/v1.Pod', pod))).toContain('0a0176' + '1202' + '1200')
  })

  it('put a struct that is embedded in an embedded one two messages deep', () => {
    const type = 'admissionregistration/v1.ValidatingAdmissionPolicy'
    const rule = { apiGroups: ['apps'], operations: ['CREATE'], resourceNames: ['n'] }
    const policy = { spec: { matchConstraints: { resourceRules: [rule] } } }
    const bytes = Buffer.from(encodeProtobuf(type, policy))
    // resourceNames = 1, ruleWithOperations = 2 { operations = 1, rule = 2 { apiGroups = 1 } }
    expect(bytes.toString('latin1')).toContain('\n\x01n\x12\x10\n\x06CREATE\x12\x06\n\x04apps')
    expect(decodeProtobuf(bytes).json).toMatchObject(policy)
  })

  it('give zero values to decode, which drops them as Go does', () => {
    const writer = new WireWriter()
    for (const part of [
      [1, Buffer.from('')],
      [8, Buffer.from('')],
    ] as const) {
      writer.tag(part[0], 2)
      writer.chunk(part[1])
    }
    const metadata = writer.bytes.slice()
    const pod = encodeProtobuf('core/v1.Pod', {})
    // The empty raw (12 00) is replaced by one with a metadata of zero values.
    const text = hex(pod).replace(
      /12001a002200$/,
      `12${hex(Uint8Array.of(metadata.length + 2))}0a04${hex(metadata)}1a002200`,
    )
    const { json } = decodeProtobuf(Buffer.from(text, 'hex'))
    expect(json['metadata']).toEqual({ name: '' })
    expect(decodeObject('core/v1.Pod', json, { fieldValidation: 'Strict' }).object['metadata']).toEqual({})
  })

  it('skip fields that are not in the table', () => {
    const body = hex(encodeProtobuf('core/v1.ConfigMap', { immutable: true }))
    const longer = body.replace(/12022001/, '12062001' + 'f87f01')
    expect(longer).not.toBe(body)
    expect(decodeProtobuf(Buffer.from(longer.replace('12062001', '12052001'), 'hex')).json['immutable']).toBe(
      true,
    )
  })

  it.each([
    ['', 'provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]'],
    ['6b387300', 'no kind "" is registered for version ""'],
    ['6b3873000a', 'unexpected EOF'],
    ['6b3873000a05', 'unexpected EOF'],
    ['6b38730007', 'proto: illegal tag 0 (wire type 7)'],
    ['6b3873000f', 'proto: illegal wireType 7'],
  ])('refuses %s', (bytes, message) => {
    expect(() => decodeProtobuf(Buffer.from(bytes, 'hex'))).toThrow(message)
  })

  it('refuses any truncation of a body or reads less of it, and never fails otherwise', () => {
    const bytes = encodeProtobuf('core/v1.Pod', sampleObject('core/v1.Pod', seededRandom(7)))
    for (let length = 0; length < bytes.length; length++) {
      try {
        decodeProtobuf(bytes.subarray(0, length))
      } catch (error) {
        expect(error).toMatchObject({ name: 'StatusError', code: 400 })
      }
    }
  })

  it('has none for tables', () => {
    expect(hasProtobuf('meta/v1.Table')).toBe(false)
    expect(() => encodeProtobuf('meta/v1.Table', {})).toThrow('meta/v1.Table has no protobuf form')
  })
})

describe('varints', () => {
  it.each([0, 1, 127, 128, 300, 2 ** 31, 2 ** 49, 2 ** 53 - 1, -1, -(2 ** 31), -(2 ** 40)])(
    'keep %d',
    (value) => {
      const writer = new WireWriter()
      writer.varint(value)
      expect(new WireReader(writer.bytes).varint()).toBe(value)
    },
  )
})

// Owns the check of decoded values against their schema: unknown and mistyped members.
import { isObject } from '../../base/json.ts'
import type { Schema, ShapeRef, SimpleType } from './schema.ts'
import type { Violation } from './violation.ts'

/** Raised by the codecs; the endpoint turns it into an `AwsError` in the words of the protocol. */
export class ViolationError extends Error {
  override readonly name = 'ViolationError'
  readonly violation: Violation

  constructor(violation: Violation) {
    super(`${violation.kind} ${violation.path}`)
    this.violation = violation
  }
}

/**
 * Checks a value in the form that handlers see: Date for timestamps, Uint8Array for blobs.
 * @throws ViolationError for the first member that is unknown or of the wrong type.
 */
export function checkValue(schema: Schema, ref: ShapeRef, value: unknown, path = ''): void {
  const shape = schema.shape(ref)
  if (shape.kind === 'simple') {
    if (!isOfType(shape.type, value)) throw mistyped(path, shape.type, value)
    return
  }
  if (shape.kind === 'list') {
    if (!Array.isArray(value)) throw mistyped(path, 'list', value)
    value.forEach((item: unknown, index) => checkValue(schema, shape.item.ref, item, `${path}.${index + 1}`))
    return
  }
  if (!isObject(value)) throw mistyped(path, shape.kind, value)
  if (shape.kind === 'map') {
    for (const [key, item] of Object.entries(value))
      checkValue(schema, shape.value.ref, item, join(path, key))
    return
  }
  const known = new Set(shape.members.map((member) => member.name))
  const unknown = Object.keys(value).find((key) => value[key] !== undefined && !known.has(key))
  if (unknown !== undefined) throw new ViolationError({ kind: 'unknown', path: join(path, unknown) })
  for (const member of shape.members) {
    const item = Object.hasOwn(value, member.name) ? value[member.name] : undefined
    if (item === undefined || item === null) continue
    checkValue(schema, member.ref, item, join(path, member.name))
  }
}

function isOfType(type: SimpleType, value: unknown): boolean {
  switch (type) {
    case 'string':
      // Half a surrogate pair has no encoding: it could be neither stored nor shown as it came.
      return typeof value === 'string' && value.isWellFormed()
    case 'number':
      return typeof value === 'number' && Number.isFinite(value)
    case 'boolean':
      return typeof value === 'boolean'
    case 'timestamp':
      return value instanceof Date && !Number.isNaN(value.getTime())
    case 'blob':
      return value instanceof Uint8Array
    case 'document':
      return true
  }
}

/** The violation for a value that is not what its schema says. */
export function mistyped(path: string, expected: string, value: unknown): ViolationError {
  const shown = (typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined')).toWellFormed()
  return new ViolationError({ kind: 'mistyped', path, expected, value: shown.slice(0, 200) })
}

/** `a.b`, or `b` at the top. */
export function join(path: string, name: string): string {
  return path ? `${path}.${name}` : name
}

/** A simple value out of the text that queries, paths and XML carry it in. */
export function parseSimple(type: SimpleType, text: string, path: string): unknown {
  switch (type) {
    case 'number': {
      const number = Number(text)
      if (text.trim() === '' || !Number.isFinite(number)) throw mistyped(path, 'number', text)
      return number
    }
    case 'boolean':
      // botocore writes true, some clients True.
      if (!/^(true|false)$/i.test(text)) throw mistyped(path, 'boolean', text)
      return text.toLowerCase() === 'true'
    case 'timestamp':
      return parseTimestamp(text, path)
    case 'blob':
      return Buffer.from(text, 'base64')
    case 'string':
    case 'document':
      return text
  }
}

/** A moment out of epoch seconds, RFC 3339 or an HTTP date. */
export function parseTimestamp(value: unknown, path: string): Date {
  const asNumber = typeof value === 'number' || (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value))
  const date = asNumber ? new Date(Number(value) * 1000) : new Date(String(value))
  if (Number.isNaN(date.getTime())) throw mistyped(path, 'timestamp', value)
  return date
}

/** The text of a simple value in queries, paths and XML; timestamps as RFC 3339. */
export function formatSimple(value: unknown): string {
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  return String(value)
}

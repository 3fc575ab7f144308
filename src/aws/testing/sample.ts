// Owns making values that fit a schema and its constraints, for tests that drive every operation.
import { isDeepStrictEqual } from 'node:util'

import { compile, constraintsOf, type Constraint, type Constraints } from '../protocol/constraints.ts'
import { documentedDefault } from '../protocol/defaults.ts'
import type { Member, Schema, ShapeRef } from '../protocol/schema.ts'

/** Texts of the forms that patterns ask for. */
const TEXTS = [
  'sample',
  'arn:aws:iam::111122223333:role/sample',
  'arn:aws:iam::aws:policy/sample-policy-of-aws',
  '111122223333',
  '/sample/',
  '/',
  'https://sample.example/id',
  'ami-0123456789abcdef0',
  's3://sample/key',
  'AKIAIOSFODNN7EXAMPLE',
  'v1',
  '1.0.0',
  'i-0123456789abcdef0',
  'sampleSampleSampleSample',
  '0123456789abcdef0123456789abcdef01234567',
  'AWS::EC2::VPC',
  '123456',
  '200',
  'HTTP',
  '01234567-89ab-4def-8123-456789abcdef',
  'r-abcd',
  'ou-abcd-01234567',
  'o-a1b2c3d4e5',
  'p-12345678',
  'ipam-pool-1',
  'ipv4pool-coip-1',
  'www.example.com',
  'arn:aws:acm:us-east-1:111122223333:certificate/sample',
  'arn:aws:acm-pca:us-east-1:111122223333:certificate-authority/sample',
] as const

/** A text that a constraint allows; the first of the forms that its pattern takes. */
export function textFor(rule: Constraint | undefined): string {
  if (!rule) return 'sample'
  if (rule.enum) return rule.enum[0] ?? ''
  const { min = 0, max = Infinity, pattern } = rule
  const padded = TEXTS.flatMap((text) => [text, text.padEnd(min, 'a'), text.slice(0, max)])
  const fits = (text: string): boolean =>
    text.length >= min && text.length <= max && (pattern === undefined || compile(pattern).test(text))
  return padded.find(fits) ?? 'sample'
}

interface Place {
  readonly schema: Schema
  readonly constraints: Constraints
  readonly rule: Constraint | undefined
  readonly depth: number
  /** The documented default of the member. */
  readonly standard?: unknown
}

/** A structure with its required members. */
export function minimalSample(schema: Schema, ref: ShapeRef): Record<string, unknown> {
  const place = { schema, constraints: constraintsOf(schema.name), rule: undefined, depth: 0 }
  // The input of an operation is a structure.
  return valueOf(place, ref) as Record<string, unknown>
}

/** A value that asks for something, for one member: `path` goes through lists and structures as declarations do. */
export function sampleOfPath(schema: Schema, ref: ShapeRef, path: string): unknown {
  const place = { schema, constraints: constraintsOf(schema.name), rule: undefined, depth: 0 }
  return alongPath(place, ref, path.split('.'))
}

function alongPath(place: Place, ref: ShapeRef, [part, ...rest]: readonly string[]): unknown {
  const shape = place.schema.shape(ref)
  if (part === undefined) return askingFor(place, ref)
  if (shape.kind !== 'structure') throw new Error(`${part} is not in a structure`)
  const name = part.replace('[]', '')
  const member = shape.members.find((each) => each.name === name)
  if (!member) throw new Error(`${shape.name} has no ${name}`)
  const rule = place.constraints.of(shape.name, name)
  const standard = documentedDefault({ service: place.schema.name, shape: shape.name, member: name })
  const below = { ...place, rule, standard }
  const list = place.schema.shape(member.ref)
  const inner =
    part.endsWith('[]') && list.kind === 'list'
      ? [alongPath({ ...below, rule: undefined }, list.item.ref, rest)]
      : alongPath(below, member.ref, rest)
  // What is required beside it.
  return { ...(valueOf({ ...place, depth: 0 }, ref) as object), [name]: inner }
}

function askingFor(place: Place, ref: ShapeRef): unknown {
  const shape = place.schema.shape(ref)
  if (shape.kind === 'structure') return everyMember(place, shape.members, shape.name)
  const value = valueOf(place, ref)
  if (!isDeepStrictEqual(value, place.standard)) return value
  // The documented default asks for nothing: another value does.
  if (typeof value === 'boolean') return !value
  if (typeof value === 'number') return value + 1
  return place.rule?.enum?.find((each) => each !== value) ?? `${String(value)}-other`
}

// One member is enough, but which of them asks for something is not known here.
function everyMember(place: Place, members: readonly Member[], shapeName: string): unknown {
  if (place.depth > 3) return {}
  return Object.fromEntries(
    members.map((member) => {
      const rule = place.constraints.of(shapeName, member.name)
      const at = { service: place.schema.name, shape: shapeName, member: member.name }
      const below = { ...place, rule, standard: documentedDefault(at), depth: place.depth + 1 }
      return [member.name, askingFor(below, member.ref)]
    }),
  )
}

function valueOf(place: Place, ref: ShapeRef): unknown {
  const { schema, constraints, rule } = place
  const shape = schema.shape(ref)
  if (shape.kind === 'list') {
    const item = constraints.rule(rule?.item)
    const one = askingFor(
      { ...place, rule: item, standard: undefined, depth: place.depth + 1 },
      shape.item.ref,
    )
    return Array.from({ length: Math.max(1, rule?.min ?? 0) }, () => one)
  }
  if (shape.kind === 'map') {
    const key = textFor(constraints.rule(rule?.key))
    return {
      [key]: askingFor(
        { ...place, rule: constraints.rule(rule?.value), standard: undefined, depth: place.depth + 1 },
        shape.value.ref,
      ),
    }
  }
  if (shape.kind === 'structure') {
    const required = shape.members.filter((member) => member.required)
    // Below the input, a structure without members would be none: the query protocols cannot carry it.
    const members = required.length > 0 || place.depth === 0 ? required : shape.members.slice(0, 1)
    return Object.fromEntries(
      members.map((member) => {
        const below = {
          ...place,
          rule: constraints.of(shape.name, member.name),
          depth: place.depth + 1,
          standard: undefined,
        }
        return [member.name, valueOf(below, member.ref)]
      }),
    )
  }
  switch (shape.type) {
    case 'number':
      return Math.max(1, rule?.min ?? 1)
    case 'boolean':
      return true
    case 'timestamp':
      return new Date('2026-01-02T03:04:05.000Z')
    case 'blob':
      return Buffer.from('sample')
    case 'document':
    case 'string':
      return textFor(rule)
  }
}

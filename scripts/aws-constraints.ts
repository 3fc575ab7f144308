// Writes data/aws-constraints/<service>.json: enums, patterns, lengths and ranges of input members, which the SDK's
// schemas lack, out of botocore's models. Run by hand when either is updated; the build needs neither Python nor this:
//   pip download --no-deps --no-binary :all: botocore, or any installed one, then
//   npm run constraints -- /path/to/botocore
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'

import type { Constraint, ConstraintFile } from '../src/aws/protocol/constraints.ts'
import { awsServices } from '../src/aws/protocol/services.ts'
import { createSchemaLoader, type Schema, type ShapeRef } from '../src/aws/protocol/schema.ts'

/** A shape of a `service-2.json` model; the form is described in botocore's docs ("Service model"). */
interface ModelShape {
  readonly type: string
  readonly members?: Readonly<Record<string, { readonly shape: string }>>
  readonly member?: { readonly shape: string }
  readonly key?: { readonly shape: string }
  readonly value?: { readonly shape: string }
  readonly enum?: readonly string[]
  readonly pattern?: string
  readonly min?: number
  readonly max?: number
  readonly sensitive?: boolean
}

interface Model {
  readonly operations: Readonly<Record<string, { readonly input?: { readonly shape: string } }>>
  readonly shapes: Readonly<Record<string, ModelShape>>
}

// EC2 has over a thousand instance types and adds some each month; the program knows those it emulates.
const OWN_TABLES = new Set(['InstanceType'])

// EKS's model wants a tag at least; the service takes the empty map that eksctl sends.
const UNCHECKED_LENGTH = new Set(['TagMap'])

// Patterns that JavaScript's engine may try for years over a long text; no operation that takes them is emulated.
const ENDLESS = /^\^(?:\(\?:\[a-z0-9|\[a-z0-9\*\]\(\?:)/

function readModel(root: string, service: string): { model: Model; version: string } {
  const folder = join(root, 'data', service)
  const version = readdirSync(folder).toSorted().at(-1) ?? ''
  const file = join(folder, version, 'service-2.json')
  const text = existsSync(file) ? readFileSync(file) : gunzipSync(readFileSync(`${file}.gz`))
  // The form is that of the published models; what does not fit it shows in the committed table.
  return { model: JSON.parse(text.toString('utf8')) as Model, version }
}

/** Walks the SDK's schema and the model side by side, as the SDK has no names for simple shapes. */
class Extraction {
  readonly rules: Constraint[] = []
  readonly members: Record<string, Record<string, number>> = {}
  readonly #byText = new Map<string, number>()
  readonly #seen = new Set<string>()
  readonly #schema: Schema
  readonly #model: Model

  constructor(schema: Schema, model: Model) {
    this.#schema = schema
    this.#model = model
  }

  structure(ref: ShapeRef, shapeName: string): void {
    const shape = this.#schema.shape(ref)
    if (shape.kind !== 'structure' || this.#seen.has(shape.name)) return
    this.#seen.add(shape.name)
    const row: Record<string, number> = {}
    for (const member of shape.members) {
      const target = this.#model.shapes[shapeName]?.members?.[member.name]?.shape
      if (target === undefined) continue
      const index = this.#constraint(member.ref, target)
      if (index !== undefined) row[member.name] = index
    }
    if (Object.keys(row).length > 0) this.members[shape.name] = row
  }

  #constraint(ref: ShapeRef, shapeName: string): number | undefined {
    const model = this.#model.shapes[shapeName]
    const shape = this.#schema.shape(ref)
    if (!model) return undefined
    if (shape.kind === 'structure') {
      this.structure(ref, shapeName)
      return undefined
    }
    const below = (child: ShapeRef, target: string | undefined): number | undefined =>
      target === undefined ? undefined : this.#constraint(child, target)
    const item = shape.kind === 'list' ? below(shape.item.ref, model.member?.shape) : undefined
    const key = shape.kind === 'map' ? below(shape.key.ref, model.key?.shape) : undefined
    const value = shape.kind === 'map' ? below(shape.value.ref, model.value?.shape) : undefined
    const isWhole = model.type === 'integer' || model.type === 'long'
    return this.#add({
      ...(isWhole ? { whole: model.type === 'integer' ? 32 : 64 } : {}),
      ...(model.enum && !OWN_TABLES.has(shapeName) ? { enum: model.enum } : {}),
      ...(model.pattern === undefined || ENDLESS.test(model.pattern) ? {} : { pattern: model.pattern }),
      ...(model.min === undefined || UNCHECKED_LENGTH.has(shapeName) ? {} : { min: model.min }),
      ...(model.max === undefined ? {} : { max: model.max }),
      ...(model.sensitive ? { sensitive: true } : {}),
      ...(item === undefined ? {} : { item }),
      ...(key === undefined ? {} : { key }),
      ...(value === undefined ? {} : { value }),
    })
  }

  #add(rule: Constraint): number | undefined {
    if (Object.keys(rule).length === 0) return undefined
    const text = JSON.stringify(rule)
    const known = this.#byText.get(text)
    if (known !== undefined) return known
    this.#byText.set(text, this.rules.length)
    return this.rules.push(rule) - 1
  }
}

/** The constraints of all inputs of a service. */
export function extractConstraints(root: string, service: string): ConstraintFile {
  const schema = createSchemaLoader()(service)
  const { model, version } = readModel(root, service)
  const extraction = new Extraction(schema, model)
  for (const [name, { input }] of Object.entries(schema.file.operations)) {
    const target = model.operations[name]?.input?.shape
    if (target !== undefined) extraction.structure(input, target)
  }
  const release = /__version__ = '([^']+)'/.exec(readFileSync(join(root, '__init__.py'), 'utf8'))?.[1]
  return {
    source: `botocore ${release}, data/${service}/${version}/service-2.json (Apache-2.0, Amazon.com, Inc.); npm run constraints`,
    rules: extraction.rules,
    members: extraction.members,
  }
}

function main(root: string | undefined): void {
  if (root === undefined) {
    process.stderr.write('usage: npm run constraints -- /path/to/botocore\n')
    process.exitCode = 2
    return
  }
  const target = new URL('../data/aws-constraints/', import.meta.url)
  mkdirSync(target, { recursive: true })
  for (const name of Object.keys(awsServices)) {
    const file = extractConstraints(root, name)
    const rows = (values: readonly string[]): string => values.map((value) => `    ${value}`).join(',\n')
    const rules = rows(file.rules.map((rule) => JSON.stringify(rule)))
    const members = rows(
      Object.entries(file.members).map(([shape, row]) => `${JSON.stringify(shape)}: ${JSON.stringify(row)}`),
    )
    writeFileSync(
      new URL(`${name}.json`, target),
      `{\n  "source": ${JSON.stringify(file.source)},\n  "rules": [\n${rules}\n  ],\n  "members": {\n${members}\n  }\n}\n`,
    )
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv[2])

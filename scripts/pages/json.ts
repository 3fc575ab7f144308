// Owns docs/reference/json.md and the JSON schemas beside it: what commands print with `--json`.
import { fileURLToPath } from 'node:url'

import { type JsonSchema, schemasOf } from './type-schema.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** By command, the JSON schema of what it prints with `--json`. */
export function outputSchemas(): ReadonlyMap<string, JsonSchema> {
  return schemasOf(`${root}tsconfig.json`, `${root}src/cli/json-outputs.ts`, 'JsonOutputs')
}

interface Definition {
  readonly description?: string
  readonly properties?: Readonly<Record<string, Property>>
  readonly required?: readonly string[]
}

interface Property {
  readonly description?: string
  readonly type?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly items?: Property
  readonly anyOf?: readonly Property[]
  readonly properties?: Readonly<Record<string, Property>>
  readonly additionalProperties?: boolean | Property
  readonly $ref?: string
}

function typeText(schema: Property): string {
  if (schema.$ref !== undefined) return `[${nameOf(schema.$ref)}](#${nameOf(schema.$ref).toLowerCase()})`
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``
  if (schema.enum) return schema.enum.map((each) => `\`${JSON.stringify(each)}\``).join(' or ')
  if (schema.anyOf) return schema.anyOf.map(typeText).join(' or ')
  if (schema.items) return `list of ${typeText(schema.items)}`
  if (typeof schema.additionalProperties === 'object')
    return `map to ${typeText(schema.additionalProperties)}`
  if (schema.properties) {
    const fields = Object.entries(schema.properties).map(([name, each]) => `\`${name}\`: ${typeText(each)}`)
    return `object with ${fields.join(', ')}`
  }
  return schema.type === 'array' ? 'empty list' : (schema.type ?? 'anything')
}

function nameOf(ref: string): string {
  return ref.slice(ref.lastIndexOf('/') + 1)
}

function definitionSection([name, { description, properties = {}, required = [] }]: [
  string,
  Definition,
]): string {
  const rows = Object.entries(properties).map(([field, schema]) => {
    const absent = required.includes(field) ? '' : ' (may be absent)'
    return `| \`${field}\` | ${typeText(schema)}${absent} | ${(schema.description ?? '').replaceAll('|', '\\|')} |`
  })
  return [
    `### ${name}\n`,
    ...(description === undefined ? [] : [`${description}\n`]),
    '| field | type | meaning |\n|---|---|---|',
    `${rows.join('\n')}\n`,
  ].join('\n')
}

/** The text of docs/reference/json.md. */
export function jsonMarkdown(schemas: ReadonlyMap<string, JsonSchema>): string {
  const commands = [...schemas].map(([command, schema]) => {
    // Schemas of our own: made a moment ago, of these keywords alone.
    const top = typeText(schema as Property)
    return `| \`neargate ${command} --json\` | ${top} | [${command}.json](schemas/${command}.json) |`
  })
  const definitions = new Map(
    [...schemas.values()].flatMap(({ $defs }) => Object.entries(($defs ?? {}) as Record<string, Definition>)),
  )
  return [
    '# What `--json` prints\n',
    'One JSON value on standard output; progress and warnings go to standard error. The files on the right are JSON schemas',
    '(draft 2020-12). This page and they are written by `npm run docs` from the types of the source, and a test holds the',
    "program's answers against them. Fields may be added in any release; what is here is renamed or removed only in a release that",
    'the [changelog](../../CHANGELOG.md) says it of.\n',
    '| command | value | schema |\n|---|---|---|',
    ...commands,
    '',
    '`neargate logs --json` prints the lines of `region.log` as they are, each an object with `time` (ISO 8601), `level` (`debug`,',
    '`info`, `warn` or `error`), `message`, and fields that depend on the message.\n',
    '## Types\n',
    [...definitions].map(definitionSection).join('\n'),
  ].join('\n')
}

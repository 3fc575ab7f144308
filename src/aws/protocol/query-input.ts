// Owns the input half of the query protocols: `Filter.1.Value.2=x` to values and back.
import { escapeUri } from './message.ts'
import type { Member, Schema, ShapeRef } from './schema.ts'
import { formatSimple, join, mistyped, parseSimple, ViolationError } from './values.ts'

/** The two dialects differ in names and in whether lists have a `member` level. */
export type Dialect = 'query' | 'ec2'

interface Node {
  text?: string
  readonly children: Map<string, Node>
}

/** The name of a structure's member in a query. */
export function queryName(dialect: Dialect, member: Member): string {
  const { ec2QueryName, xmlName } = member.traits
  if (dialect === 'query') return xmlName ?? member.name
  // ec2Query: the ec2QueryName, else the xmlName or member name with its first letter in upper case.
  const name = ec2QueryName ?? xmlName ?? member.name
  return name.charAt(0).toUpperCase() + name.slice(1)
}

// Parameters of the protocol itself rather than of an operation; those of query-string authentication among them.
const OWN = /^(Action|Version|SignatureVersion|SignatureMethod|Signature|AWSAccessKeyId|Timestamp|X-Amz-.*)$/i

// No input of any service is a quarter as deep.
const MAX_DEPTH = 64

/** Reads decoded pairs into the members of a structure. @throws ViolationError. */
export function fromPairs(
  dialect: Dialect,
  schema: Schema,
  options: { ref: ShapeRef; pairs: readonly (readonly [string, string])[] },
): Record<string, unknown> {
  const root: Node = { children: new Map() }
  for (const [key, text] of options.pairs) {
    if (OWN.test(key)) continue
    const parts = key.split('.')
    if (parts.length > MAX_DEPTH) throw new ViolationError({ kind: 'unknown', path: key.slice(0, 200) })
    let node = root
    for (const part of parts) {
      let child = node.children.get(part)
      if (!child) node.children.set(part, (child = { children: new Map() }))
      node = child
    }
    node.text = text
  }
  return read(root, { dialect, schema, ref: options.ref, path: '', flat: false }) as Record<string, unknown>
}

interface Place {
  readonly dialect: Dialect
  readonly schema: Schema
  readonly ref: ShapeRef
  readonly path: string
  readonly flat: boolean
}

function read(node: Node, place: Place): unknown {
  const shape = place.schema.shape(place.ref)
  if (shape.kind === 'simple') {
    if (node.text === undefined) throw mistyped(place.path, shape.type, 'a structure')
    return parseSimple(shape.type, node.text, place.path)
  }
  // `Tags=` is how an empty list or map is sent.
  if (shape.kind === 'list')
    return readList(node, place, shape.item).map((child) =>
      read(child.node, { ...place, ref: shape.item.ref, path: child.path, flat: false }),
    )
  if (shape.kind === 'map') {
    const entries = readList(node, place, { ...shape.value, name: 'entry', traits: {} })
    return Object.fromEntries(
      entries.map(({ node: entry, path }) => {
        const key = entry.children.get(shape.key.traits.xmlName ?? 'key')?.text ?? ''
        const value = entry.children.get(shape.value.traits.xmlName ?? 'value') ?? { children: new Map() }
        return [key, read(value, { ...place, ref: shape.value.ref, path: join(path, 'value'), flat: false })]
      }),
    )
  }
  if (node.text !== undefined && node.text !== '') throw mistyped(place.path, 'structure', node.text)
  const members = new Map(shape.members.map((member) => [queryName(place.dialect, member), member]))
  const result: Record<string, unknown> = {}
  for (const [key, child] of node.children) {
    const member = members.get(key)
    const path = join(place.path, key)
    if (!member) throw new ViolationError({ kind: 'unknown', path })
    const flat = member.traits.xmlFlattened === 1
    result[member.name] = read(child, { ...place, ref: member.ref, path, flat })
  }
  return result
}

function readList(node: Node, place: Place, item: Member): readonly { node: Node; path: string }[] {
  let holder = node
  let path = place.path
  if (place.dialect === 'query' && !place.flat) {
    const level = item.traits.xmlName ?? item.name
    const other = [...node.children.keys()].find((key) => key !== level)
    if (other !== undefined) throw new ViolationError({ kind: 'unknown', path: join(path, other) })
    holder = node.children.get(level) ?? { children: new Map() }
    path = join(path, level)
  }
  const numbered = [...holder.children].map(([key, child]) => ({ index: Number(key), key, child }))
  const wrong = numbered.find(({ index }) => !Number.isInteger(index))
  if (wrong) throw new ViolationError({ kind: 'unknown', path: join(path, wrong.key) })
  // Clients may leave gaps; the order is that of the numbers.
  return numbered
    .toSorted((a, b) => a.index - b.index)
    .map(({ key, child }) => ({ node: child, path: join(path, key) }))
}

/** Writes the members of a structure as an encoded query. */
export function toPairs(
  dialect: Dialect,
  schema: Schema,
  { ref, value }: { ref: ShapeRef; value: unknown },
): string {
  const pairs: string[] = []
  write(value, { dialect, schema, ref, path: '', flat: false }, pairs)
  return pairs.join('')
}

function write(value: unknown, place: Place, pairs: string[]): void {
  const { dialect, schema, path } = place
  const shape = schema.shape(place.ref)
  if (value === undefined || value === null) return
  if (shape.kind === 'simple') {
    pairs.push(`&${escapeUri(path)}=${escapeUri(formatSimple(value))}`)
  } else if (shape.kind === 'list') {
    const level = dialect === 'ec2' || place.flat ? path : join(path, shape.item.traits.xmlName ?? 'member')
    const items = value as readonly unknown[]
    if (items.length === 0 && dialect === 'query') pairs.push(`&${escapeUri(path)}=`)
    items.forEach((item, index) =>
      write(item, { ...place, ref: shape.item.ref, path: `${level}.${index + 1}`, flat: false }, pairs),
    )
  } else if (shape.kind === 'map') {
    const level = place.flat ? path : join(path, 'entry')
    Object.entries(value).forEach(([key, item], index) => {
      const entry = `${level}.${index + 1}`
      pairs.push(`&${escapeUri(join(entry, shape.key.traits.xmlName ?? 'key'))}=${escapeUri(key)}`)
      const at = join(entry, shape.value.traits.xmlName ?? 'value')
      write(item, { ...place, ref: shape.value.ref, path: at, flat: false }, pairs)
    })
  } else {
    for (const member of shape.members) {
      const at = join(path, queryName(dialect, member))
      const flat = member.traits.xmlFlattened === 1
      write(
        (value as Record<string, unknown>)[member.name],
        { ...place, ref: member.ref, path: at, flat },
        pairs,
      )
    }
  }
}

// Writes generated/kubernetes.d.ts: TypeScript interfaces of every Kubernetes type in the field table.
import { readFileSync, writeFileSync } from 'node:fs'

interface FieldFact {
  readonly type: string
  readonly required?: boolean
}

interface FieldTable {
  readonly kinds: readonly string[]
  readonly types: Readonly<Record<string, Readonly<Record<string, FieldFact>>>>
  readonly aliases: Readonly<Record<string, string>>
  readonly enums: Readonly<Record<string, readonly string[]>>
}

const SCALARS: Readonly<Record<string, string>> = {
  string: 'string',
  bool: 'boolean',
  int32: 'number',
  int64: 'number',
  float64: 'number',
  bytes: 'string',
  Quantity: 'string',
  IntOrString: 'number | string',
  RawExtension: 'unknown',
  'meta/v1.Time': 'string',
  'meta/v1.MicroTime': 'string',
  'meta/v1.Duration': 'string',
  'meta/v1.FieldsV1': 'Record<string, unknown>',
  // Not in the table: apimachinery pkg/apis/meta/v1/group_version.go.
  'meta/v1.GroupVersionKind': '{ group: string; version: string; kind: string }',
  'meta/v1.GroupVersionResource': '{ group: string; version: string; resource: string }',
}

// A name that several groups use belongs to the first of these; the others carry their group in front.
const GROUP_ORDER = ['meta/v1', 'core/v1', 'apps/v1', 'rbac/v1', 'networking/v1', 'autoscaling/v1']

// What the API server fills in before anything is stored: always there on a stored object.
const ALWAYS_SET: ReadonlySet<string> = new Set(['name', 'uid', 'resourceVersion', 'creationTimestamp'])

/** Writes the declarations for the table at `source` to `target`. */
export function writeKubernetesTypes(source: URL, target: URL): void {
  const table = JSON.parse(readFileSync(source, 'utf8')) as FieldTable
  const names = assignNames(table)
  const nameOf = (type: string): string => typeExpression(type, table, names)
  const lines = [
    '// Generated from data/kubernetes-fields.json by scripts/kubernetes-types.ts. Not committed.',
    '',
  ]
  for (const [type, fields] of Object.entries(table.types)) {
    if (SCALARS[type]) continue
    lines.push(...declaration(type, fields, { isKind: table.kinds.includes(type), names, nameOf }), '')
  }
  writeFileSync(target, lines.join('\n'))
}

function assignNames(table: FieldTable): Map<string, string> {
  const rank = (type: string): number => {
    const index = GROUP_ORDER.indexOf(type.split('.')[0] ?? '')
    return index < 0 ? GROUP_ORDER.length : index
  }
  const names = new Map<string, string>()
  const taken = new Set<string>()
  for (const type of Object.keys(table.types).toSorted((a, b) => rank(a) - rank(b))) {
    const [groupVersion = '', short = ''] = type.split('.')
    const group = groupVersion.split('/')[0] ?? ''
    let name = short
    if (taken.has(name)) name = group.charAt(0).toUpperCase() + group.slice(1) + short
    if (taken.has(name)) name = `${name}${(groupVersion.split('/')[1] ?? '').toUpperCase()}`
    taken.add(name)
    names.set(type, name)
  }
  return names
}

function typeExpression(type: string, table: FieldTable, names: ReadonlyMap<string, string>): string {
  const scalar = SCALARS[type]
  if (scalar) return scalar
  if (type.startsWith('[]')) return `Array<${typeExpression(type.slice(2), table, names)}>`
  const map = /^map\[[^\]]+\](.+)$/.exec(type)
  if (map) return `Record<string, ${typeExpression(map[1] ?? '', table, names)}>`
  const values = table.enums[type]
  if (values) return values.map((value) => JSON.stringify(value)).join(' | ')
  const alias = table.aliases[type]
  if (alias) return typeExpression(alias, table, names)
  return names.get(type) ?? 'unknown'
}

interface DeclarationContext {
  readonly isKind: boolean
  readonly names: ReadonlyMap<string, string>
  readonly nameOf: (type: string) => string
}

function declaration(
  type: string,
  fields: Readonly<Record<string, FieldFact>>,
  { isKind, names, nameOf }: DeclarationContext,
): string[] {
  const head = isKind ? ['  apiVersion: string', '  kind: string'] : []
  const body = Object.entries(fields).map(([name, fact]) => {
    const always =
      fact.required === true ||
      (type === 'meta/v1.ObjectMeta' && ALWAYS_SET.has(name)) ||
      (isKind && (name === 'metadata' || name === 'spec' || name === 'items'))
    return `  ${/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name)}${always ? '' : '?'}: ${typeOfField(fact, isKind, nameOf)}`
  })
  return [`/** ${type} */`, `export interface ${names.get(type)} {`, ...head, ...body, '}']
}

// Templates carry metadata of objects that do not exist yet: nothing in it is certain.
function typeOfField(fact: FieldFact, isKind: boolean, nameOf: (type: string) => string): string {
  const name = nameOf(fact.type)
  return fact.type === 'meta/v1.ObjectMeta' && !isKind ? `Partial<${name}>` : name
}

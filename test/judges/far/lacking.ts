// Owns templates without what an emulator lacks: resources of such types, and whatever cannot be said without them.
import { isObject } from '../../../src/base/json.ts'

export interface Lacking {
  /** Types of CloudFormation that it has not. */
  readonly types: readonly string[]
}

export interface Parts {
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties?: object }>>
  readonly Outputs?: Readonly<Record<string, { readonly Value: unknown; readonly Export?: unknown }>>
}

/** The template without them, and without what refers to them. @param missed is told the types that are left out */
export function withoutLacking(template: Parts, { types }: Lacking, missed: (type: string) => void): Parts {
  const gone = new Set<string>()
  const resources = Object.entries(template.Resources)
  // Until nothing else goes: a route goes with its gateway, a rule with the group that it lets in.
  for (let before = -1; before < gone.size;) {
    before = gone.size
    for (const [id, { Type, Properties = {} }] of resources) {
      const isLost = Object.values(Properties).some((value) => left(value, gone) === undefined)
      if (!gone.has(id) && (types.includes(Type) || isLost)) {
        gone.add(id)
        missed(types.includes(Type) ? Type : `${id}, which refers to another`)
      }
    }
  }
  const kept = resources.filter(([id]) => !gone.has(id))
  const outputs = Object.entries(template.Outputs ?? {}).filter(
    ([, { Value }]) => left(Value, gone) !== undefined,
  )
  return {
    ...template,
    // A resource without some of its properties is one still.
    Resources: Object.fromEntries(
      kept.map(([id, resource]) => [id, left(resource, gone)]),
    ) as Parts['Resources'],
    Outputs: Object.fromEntries(outputs),
  }
}

// Undefined for a reference to what is gone, and for what held nothing else.
function left(value: unknown, gone: ReadonlySet<string>): unknown {
  if (Array.isArray(value)) return value.map((item) => left(item, gone)).filter((item) => item !== undefined)
  if (!isObject(value)) return value
  const attribute: unknown = value['Fn::GetAtt']
  if (gone.has(String(value['Ref'])) || (Array.isArray(attribute) && gone.has(String(attribute[0]))))
    return undefined
  const entries = Object.entries(value).flatMap(([key, inner]) => {
    const kept = left(inner, gone)
    return kept === undefined ? [] : [[key, kept] as const]
  })
  return entries.length === 0 && Object.keys(value).length > 0 ? undefined : Object.fromEntries(entries)
}

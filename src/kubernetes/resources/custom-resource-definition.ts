// Owns the CustomResourceDefinition kind: what clients bring their own kinds with.
// Source: apiextensions-apiserver pkg/registry/customresourcedefinition, pkg/apis/apiextensions/v1/defaults.go.
import type { CustomResourceDefinition } from '../../../generated/kubernetes.d.ts'
import { isObject } from '../../base/json.ts'
import { customResourceDefinitions } from '../client/resources.ts'
import { fill, structAt } from '../schema/default-fill.ts'
import { createdAtColumn, nameColumn } from './columns.ts'
import { unknownFormats, validateDefinition } from './custom/definition-rules.ts'
import { defineKind } from './kind.ts'

/** Held by a definition that is deleted until its objects are gone. */
export const CLEANUP_FINALIZER = 'customresourcecleanup.apiextensions.k8s.io'

type Status = NonNullable<CustomResourceDefinition['status']>

/** The status of a definition that nobody has looked at yet. */
function beginning(definition: CustomResourceDefinition): Status {
  return {
    // Written although it is empty, as Go writes a list that is nil.
    conditions: null as unknown as NonNullable<Status['conditions']>,
    acceptedNames: { plural: '', kind: '' },
    storedVersions: withStorageVersion(definition, []),
  }
}

function withStorageVersion({ spec }: CustomResourceDefinition, stored: readonly string[]): string[] {
  const name = spec.versions?.find(({ storage }) => storage)?.name
  return name === undefined || stored.includes(name) ? [...stored] : [...stored, name]
}

export const customResourceDefinitionKind = defineKind<CustomResourceDefinition>({
  resource: customResourceDefinitions,
  type: 'apiextensions/v1.CustomResourceDefinition',
  needsVersion: true,
  bareFinalizers: true,
  storedUnder: 'apiextensions.k8s.io/customresourcedefinitions',
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  generation: true,
  status: true,
  columns: [nameColumn, createdAtColumn],
  finalizersOnDelete: [CLEANUP_FINALIZER],
  defaults(object) {
    const spec = structAt(object, 'spec')
    const names = structAt(spec, 'names')
    const kind = typeof names['kind'] === 'string' ? names['kind'] : ''
    if (kind) fill(names, { singular: kind.toLowerCase(), listKind: `${kind}List` })
    const conversion = structAt(spec, 'conversion')
    fill(conversion, { strategy: 'None' })
    const { webhook } = conversion
    const config = isObject(webhook) ? webhook['clientConfig'] : undefined
    if (isObject(config) && isObject(config['service'])) fill(config['service'], { port: 443 })
  },
  prepareForCreate: (definition) => ({ ...definition, status: beginning(definition) }),
  prepareForUpdate: (definition, { status }) => ({
    ...definition,
    status: {
      ...status,
      storedVersions: withStorageVersion(definition, status?.storedVersions ?? []),
    } as Status,
  }),
  warnings(definition, old) {
    const before = old ? unknownFormats(old) : []
    return unknownFormats(definition)
      .filter((format) => !before.includes(format))
      .map((format) => `unrecognized format ${JSON.stringify(format)}`)
  },
  validateCreate: (definition) => validateDefinition(definition),
  validateUpdate: (definition, old) => validateDefinition(definition, old),
})

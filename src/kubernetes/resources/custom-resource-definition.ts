// Owns the CustomResourceDefinition kind: its list is served and always empty, for custom kinds are not emulated.
// Clients that list the definitions before they validate a manifest, as kubectl does, then name the unknown kind.
import type { CustomResourceDefinition } from '../../../generated/kubernetes.d.ts'
import type { Resource } from '../client/client.ts'
import { createdAtColumn, nameColumn } from './columns.ts'
import { defineKind } from './kind.ts'

// Not among the resources that clients have to do with: there is nothing that they could do.
const resource: Resource<CustomResourceDefinition> = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
}

export const customResourceDefinitionKind = defineKind<CustomResourceDefinition>({
  resource,
  type: 'apiextensions/v1.CustomResourceDefinition',
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  verbs: ['get', 'list', 'watch'],
  columns: [nameColumn, createdAtColumn],
})

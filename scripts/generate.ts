// Writes everything under generated/: types and tables derived from the published facts.
import { mkdirSync } from 'node:fs'

import { writeAwsSchemas } from './aws-schemas.ts'
import { writeKubernetesDescriptions } from './kubernetes-descriptions.ts'
import { writeKubernetesTypes } from './kubernetes-types.ts'

const root = new URL('../', import.meta.url)

mkdirSync(new URL('generated/', root), { recursive: true })
const fields = new URL('data/kubernetes-fields.json', root)
writeKubernetesTypes(fields, new URL('generated/kubernetes.d.ts', root))
writeKubernetesDescriptions(
  fields,
  {
    classes: new URL('node_modules/@kubernetes/client-node/dist/gen/models/', root),
    interfaces: new URL('node_modules/kubernetes-types/', root),
  },
  new URL('generated/kubernetes-descriptions.json', root),
)
writeAwsSchemas(new URL('generated/aws/', root))

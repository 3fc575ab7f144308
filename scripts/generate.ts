// Writes everything under generated/: types and tables derived from the published facts.
import { mkdirSync } from 'node:fs'

import { writeAwsSchemas } from './aws-schemas.ts'
import { writeKubernetesTypes } from './kubernetes-types.ts'

const root = new URL('../', import.meta.url)

mkdirSync(new URL('generated/', root), { recursive: true })
writeKubernetesTypes(new URL('data/kubernetes-fields.json', root), new URL('generated/kubernetes.d.ts', root))
writeAwsSchemas(new URL('generated/aws/', root))

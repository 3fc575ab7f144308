import { describe, expect, it } from 'vitest'

import { apiVersionAndKindOf, isKindType, typeNames, typeOf } from '../kubernetes/schema/fields.ts'
import { sampleObject, seededRandom } from '../kubernetes/schema/testing/sample.ts'
import { fieldProblems } from './check-fields.ts'

const nowhere = { file: 'a.yaml', line: 1, column: 1 }

// Nobody writes reviews into files; lists are taken apart before.
function isObjectType(type: string): boolean {
  const metadata = typeOf(type).fields.get('metadata')?.schema
  return isKindType(type) && metadata?.kind === 'struct' && metadata.fields.has('name')
}

function messages(type: string, fields: Record<string, unknown>): string[] {
  const object = { ...fields, ...apiVersionAndKindOf(type), metadata: { name: 'x' } }
  const manifest = { object, ...nowhere, locate: () => nowhere, locateKey: () => nowhere }
  return fieldProblems(manifest).map(({ message }) => message)
}

describe('fieldProblems', () => {
  it('finds nothing in what the API reads, whatever its kind', () => {
    const random = seededRandom(3)
    for (const type of typeNames().filter(isObjectType)) {
      for (let round = 0; round < 3; round++) {
        expect(messages(type, sampleObject(type, random)), type).toEqual([])
      }
    }
  })

  it('knows objects inside another', () => {
    const claim = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data' }, kin: 1 }
    expect(messages('apps/v1.StatefulSet', { spec: { volumeClaimTemplates: [claim] } })).toEqual([
      'unknown field "spec.volumeClaimTemplates.0.kin" in StatefulSet x; did you mean "kind"?',
    ])
  })
})

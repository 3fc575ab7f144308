import { beforeAll, describe, expect, it } from 'vitest'

import { ageColumn, nameColumn } from '../resources/columns.ts'
import { defineKind } from '../resources/kind.ts'
import type { KubernetesObject } from '../client/client.ts'
import type { ApiResponse } from './http.ts'
import { toV2 } from './openapi-v2.ts'
import { createApiFixture, type ApiFixture } from './testing/api-fixture.ts'
import { sendTo } from './testing/send.ts'

type Json = Record<string, unknown>
interface Swagger {
  readonly swagger: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, Json>>>>
  readonly definitions: Readonly<Record<string, Json>>
}

let fixture: ApiFixture
let document: Swagger

beforeAll(async () => {
  fixture = await createApiFixture()
  document = JSON.parse((await get()).body as string) as Swagger
})

function get(accept = 'application/json'): Promise<ApiResponse> {
  return sendTo(fixture.server, 'GET', '/openapi/v2', { headers: { accept } })
}

describe('the document of version 2', () => {
  // Not even the real document is whole: Kubernetes says nothing of most fields of JSONSchemaProps, for example.
  it('describes nearly every type and field that is served', () => {
    const structs = Object.values(document.definitions).filter(({ properties }) => properties !== undefined)
    const fields = structs.flatMap(({ properties }) => Object.values(properties as Record<string, Json>))
    const share = (all: readonly Json[]): number =>
      all.filter(({ description }) => description !== undefined).length / all.length
    expect(share(structs)).toBeGreaterThan(0.98)
    expect(share(fields)).toBeGreaterThan(0.95)
  })

  it('defines each kind, with what clients merge by', () => {
    expect(document.swagger).toBe('2.0')
    expect(document.definitions['io.k8s.api.apps.v1.Deployment']).toMatchObject({
      type: 'object',
      'x-kubernetes-group-version-kind': [{ group: 'apps', version: 'v1', kind: 'Deployment' }],
      properties: { metadata: { $ref: '#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' } },
    })
    const { properties } = document.definitions['io.k8s.api.core.v1.PodSpec'] as { properties: Json }
    expect(properties['containers']).toMatchObject({
      type: 'array',
      items: { $ref: '#/definitions/io.k8s.api.core.v1.Container' },
      'x-kubernetes-patch-merge-key': 'name',
      'x-kubernetes-patch-strategy': 'merge',
    })
    expect(document.definitions['io.k8s.apimachinery.pkg.util.intstr.IntOrString']).toMatchObject({
      type: 'string',
      format: 'int-or-string',
    })
  })

  it('refers to nothing that is not there, and has no words of version 3', () => {
    const text = JSON.stringify(document)
    const references = new Set(text.match(/"#\/[^"]+"/g))
    expect(references.size).toBeGreaterThan(100)
    for (const reference of references) {
      const name = reference.slice('"#/definitions/'.length, -1)
      expect(document.definitions[name], reference).toBeDefined()
    }
    expect(text).not.toContain('requestBody')
    expect(text).not.toContain('components/schemas')
  })

  it('says how each path is asked', () => {
    const patch = document.paths['/api/v1/namespaces/{namespace}/pods/{name}']?.['patch']
    expect(patch).toMatchObject({
      operationId: 'patchCoreV1NamespacedPod',
      consumes: [
        'application/apply-patch+yaml',
        'application/json-patch+json',
        'application/merge-patch+json',
        'application/strategic-merge-patch+json',
      ],
      schemes: ['https'],
    })
    const parameters = patch?.['parameters'] as { name: string; in: string }[]
    expect(parameters.map((one) => `${one.in} ${one.name}`)).toEqual([
      'body body',
      'query dryRun',
      'query fieldManager',
      'query fieldValidation',
      'query force',
    ])
  })

  it('follows the kinds that are served', async () => {
    const before = (await get()).headers['etag']
    expect((await get()).headers['etag']).toBe(before)
    const remove = fixture.server.addKind(
      defineKind<KubernetesObject>({
        resource: { group: 'a.b', version: 'v2', plural: 'widgets', kind: 'Widget', namespaced: true },
        type: 'core/v1.ConfigMap',
        columns: [nameColumn, ageColumn],
      }),
    )
    const after = await get()
    expect(after.headers['etag']).not.toBe(before)
    expect(after.body).toContain('/apis/a.b/v2/namespaces/{namespace}/widgets')
    remove()
    expect((await get()).headers['etag']).toBe(before)
  })

  it('is protobuf for who asks for that', async () => {
    const { body, headers } = await get('application/com.github.proto-openapi.spec.v2@v1.0+protobuf')
    expect(headers['content-type']).toBe('application/com.github.proto-openapi.spec.v2.v1.0+protobuf')
    // The first member is the version of the specification.
    expect([...(body as Uint8Array).subarray(0, 5)]).toEqual([10, 3, ...Buffer.from('2.0')])
    expect(Buffer.from(body as Uint8Array).includes('io.k8s.api.core.v1.PodSpec')).toBe(true)
  })
})

it.each<[string, unknown, unknown]>([
  [
    'a reference with words beside it',
    { allOf: [{ $ref: '#/components/schemas/A' }], description: 'b' },
    { description: 'b', $ref: '#/definitions/A' },
  ],
  ['a choice', { oneOf: [{ type: 'string' }, { type: 'number' }] }, { type: 'string' }],
  ['defaults and enumerations', { type: 'string', default: 'a', enum: ['a'] }, { type: 'string' }],
  [
    'properties that are called as words are',
    { properties: { default: { type: 'string' } } },
    { properties: { default: { type: 'string' } } },
  ],
  ['several schemas', { allOf: [{ type: 'a' }, { type: 'b' }] }, {}],
])('turns %s into version 2', (_what, three, two) => {
  expect(toV2(three)).toEqual(two)
})

import { describe, expect, it } from 'vitest'

import { isKindType, typeNames } from './fields.ts'
import { schemaOf, type CustomRules } from './object-schema.ts'
import { openApiDocument, openApiIndex, type ServedResource } from './openapi.ts'
import { schemasOf } from './openapi-schema.ts'

type Json = Record<string, any> // oxlint-disable-line typescript/no-explicit-any -- documents are walked freely

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']

const deployments: ServedResource = {
  resource: { group: 'apps', version: 'v1', plural: 'deployments', kind: 'Deployment', namespaced: true },
  schema: schemaOf('apps/v1.Deployment'),
  status: true,
  verbs,
  scale: {},
  subresources: [],
}
const pods: ServedResource = {
  resource: { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true },
  schema: schemaOf('core/v1.Pod'),
  status: true,
  verbs,
  subresources: [{ name: 'eviction', kind: 'Eviction', group: 'policy', version: 'v1', verbs: ['create'] }],
}
const nodes: ServedResource = {
  resource: { group: '', version: 'v1', plural: 'nodes', kind: 'Node', namespaced: false },
  schema: schemaOf('core/v1.Node'),
  status: false,
  verbs,
  subresources: [],
}
const served = [pods, nodes, deployments]

function references(value: unknown, found = new Set<string>()): Set<string> {
  if (Array.isArray(value)) for (const item of value) references(item, found)
  else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      if (key === '$ref' && typeof item === 'string') found.add(item)
      else references(item, found)
    }
  }
  return found
}

describe('openApiIndex', () => {
  it('names a document for each group and version, with a hash', () => {
    const { paths } = openApiIndex(served) as Json
    expect(Object.keys(paths)).toEqual(['api/v1', 'apis/apps/v1'])
    expect(paths['apis/apps/v1'].serverRelativeURL).toMatch(
      /^\/openapi\/v3\/apis\/apps\/v1\?hash=[0-9A-F]{128}$/,
    )
  })
})

describe('openApiDocument', () => {
  const apps = openApiDocument('apis/apps/v1', served) as Json
  const core = openApiDocument('api/v1', served) as Json

  it('is undefined for what is not served', () => {
    expect(openApiDocument('apis/batch/v1', served)).toBeUndefined()
  })

  it('has every schema that it refers to', () => {
    for (const document of [apps, core]) {
      const names = new Set(
        Object.keys(document['components'].schemas).map((name) => `#/components/schemas/${name}`),
      )
      expect([...references(document)].filter((ref) => !names.has(ref))).toEqual([])
    }
  })

  it('tells kubectl that patches are validated on the server', () => {
    const path = apps['paths']['/apis/apps/v1/namespaces/{namespace}/deployments/{name}']
    expect(path.patch['x-kubernetes-group-version-kind']).toEqual({
      group: 'apps',
      version: 'v1',
      kind: 'Deployment',
    })
    expect(path.patch.parameters.map((parameter: Json) => parameter['name'])).toContain('fieldValidation')
    expect(Object.keys(path.patch.requestBody.content)).toContain('application/apply-patch+yaml')
  })

  it('offers no strategic patches of custom resources, which kubectl apply would send', () => {
    const { content } =
      apps['paths']['/apis/apps/v1/namespaces/{namespace}/deployments/{name}'].patch.requestBody
    expect(Object.keys(content)).toContain('application/strategic-merge-patch+json')
    const custom: CustomRules = {
      plainStatus: true,
      decode: (object) => ({ object: object as Record<string, unknown>, warnings: [] }),
      fillDefaults: () => undefined,
      openApi: () => ({ name: 'com.example.v1.Thing', listName: 'com.example.v1.ThingList', schemas: {} }),
    }
    const thing: ServedResource = {
      ...nodes,
      resource: { group: 'example.com', version: 'v1', plural: 'things', kind: 'Thing', namespaced: false },
      schema: { ...nodes.schema, custom },
    }
    const document = openApiDocument('apis/example.com/v1', [thing]) as Json
    expect(
      Object.keys(document['paths']['/apis/example.com/v1/things/{name}'].patch.requestBody.content),
    ).toEqual(['application/apply-patch+yaml', 'application/json-patch+json', 'application/merge-patch+json'])
  })

  it('lists the paths of resources and subresources', () => {
    expect(Object.keys(apps['paths'])).toEqual([
      '/apis/apps/v1/deployments',
      '/apis/apps/v1/namespaces/{namespace}/deployments',
      '/apis/apps/v1/namespaces/{namespace}/deployments/{name}',
      '/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale',
      '/apis/apps/v1/namespaces/{namespace}/deployments/{name}/status',
    ])
    const eviction = core['paths']['/api/v1/namespaces/{namespace}/pods/{name}/eviction']
    expect(Object.keys(eviction)).toEqual(['post', 'parameters'])
    expect(core['paths']['/api/v1/nodes'].get.operationId).toBe('listCoreV1Node')
  })

  it('marks kinds, lists, maps and patch strategies', () => {
    const { schemas } = apps['components']
    expect(schemas['io.k8s.api.apps.v1.Deployment']['x-kubernetes-group-version-kind']).toEqual([
      { group: 'apps', version: 'v1', kind: 'Deployment' },
    ])
    const { properties, required } = schemas['io.k8s.api.core.v1.PodSpec']
    expect(required).toEqual(['containers'])
    expect(properties.containers).toEqual({
      description: expect.stringMatching(/^List of containers belonging to the pod/),
      type: 'array',
      items: { $ref: '#/components/schemas/io.k8s.api.core.v1.Container' },
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      'x-kubernetes-patch-strategy': 'merge',
      'x-kubernetes-patch-merge-key': 'name',
    })
    expect(properties.nodeSelector['x-kubernetes-map-type']).toBe('atomic')
    expect(properties.tolerations['x-kubernetes-list-type']).toBe('atomic')
    expect(schemas['io.k8s.api.core.v1.ContainerPort'].properties.protocol.default).toBe('TCP')
    expect(schemas['io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector']['x-kubernetes-map-type']).toBe(
      'atomic',
    )
    expect(properties.terminationGracePeriodSeconds).toMatchObject({ type: 'integer', format: 'int64' })
  })

  it('says of types and fields what Kubernetes says, beside references too', () => {
    const { description, properties } = apps['components'].schemas['io.k8s.api.apps.v1.Deployment']
    expect(description).toBe('Deployment enables declarative updates for Pods and ReplicaSets.')
    expect(properties.spec).toEqual({
      allOf: [{ $ref: '#/components/schemas/io.k8s.api.apps.v1.DeploymentSpec' }],
      default: {},
      description: 'Specification of the desired behavior of the Deployment.',
    })
  })
})

describe('schemasOf', () => {
  it('is closed over every kind of the table', () => {
    const schemas = schemasOf(typeNames().filter(isKindType))
    const names = new Set(Object.keys(schemas).map((name) => `#/components/schemas/${name}`))
    expect([...references(schemas)].filter((ref) => !names.has(ref))).toEqual([])
    expect(names.size).toBeGreaterThan(550)
  })
})

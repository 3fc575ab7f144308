import { describe, expect, it } from 'vitest'

import { apiVersionAndKindOf, hasType, isKindType, typeNameOf, typeNames, typeOf } from './fields.ts'

function field(type: string, name: string) {
  const found = typeOf(type).fields.get(name)
  if (!found) throw new Error(`no field ${name} in ${type}`)
  return found
}

describe('the field table', () => {
  it('resolves every type', () => {
    expect(typeNames().length).toBeGreaterThan(600)
    for (const name of typeNames()) expect(typeOf(name).name).toBe(name)
    expect(() => typeOf('core/v1.Pot')).toThrow('no type core/v1.Pot in the Kubernetes field table')
    expect(hasType('core/v1.Pot')).toBe(false)
  })

  it('knows lists, their keys and how patches merge them', () => {
    expect(field('core/v1.ServiceSpec', 'ports')).toMatchObject({
      schema: { kind: 'list', list: 'map', keys: ['port', 'protocol'] },
      patchMerge: true,
      mergeKey: 'port',
    })
    expect(field('meta/v1.ObjectMeta', 'finalizers').schema).toMatchObject({ list: 'set' })
    expect(field('core/v1.Container', 'command').schema).toMatchObject({ list: 'atomic' })
  })

  it('resolves aliases: scalars with their values, maps, lists', () => {
    expect(field('core/v1.ContainerPort', 'protocol').schema).toMatchObject({
      kind: 'scalar',
      scalar: 'string',
      goType: 'v1.Protocol',
    })
    expect(field('core/v1.ResourceRequirements', 'limits').schema).toMatchObject({
      kind: 'map',
      element: { scalar: 'quantity' },
    })
    expect(field('authentication/v1.UserInfo', 'extra').schema).toMatchObject({
      kind: 'map',
      element: { kind: 'list', isMessage: true },
    })
  })

  it.each([
    ['core/v1.PodSpec', 'nodeSelector', true],
    ['core/v1.ServiceSpec', 'selector', true],
    ['apps/v1.DeploymentSpec', 'selector', true],
    ['core/v1.EnvVarSource', 'configMapKeyRef', true],
    ['core/v1.PersistentVolumeSpec', 'claimRef', false],
    ['meta/v1.ObjectMeta', 'labels', false],
  ])('%s.%s is atomic: %s', (type, name, atomic) => {
    expect(field(type, name).schema).toMatchObject({ atomic })
  })

  it.each([
    ['apps/v1.DeploymentSpec', 'replicas', false],
    ['apps/v1.DeploymentSpec', 'paused', true],
    ['core/v1.PodSpec', 'hostNetwork', true],
    ['core/v1.PodSpec', 'enableServiceLinks', false],
    ['core/v1.ServicePort', 'port', false],
    ['core/v1.ServicePort', 'nodePort', true],
  ])('%s.%s drops its zero: %s', (type, name, dropsZero) => {
    expect(field(type, name).dropsZero).toBe(dropsZero)
  })

  it('has recursive types', () => {
    const props = typeOf('apiextensions/v1.JSONSchemaProps')
    expect(props.fields.get('not')?.schema).toBe(props)
  })
})

describe('names of types', () => {
  it.each([
    ['v1', 'Pod', 'core/v1.Pod'],
    ['apps/v1', 'Deployment', 'apps/v1.Deployment'],
    ['rbac.authorization.k8s.io/v1', 'Role', 'rbac/v1.Role'],
    ['v1', 'Status', 'meta/v1.Status'],
    ['apps/v1', 'DeleteOptions', 'meta/v1.DeleteOptions'],
    ['apps/v1', 'Status', undefined],
    ['example.com/v1', 'Status', undefined],
    ['dynamodb.services.k8s.aws/v1alpha1', 'Table', undefined],
    ['meta.k8s.io/v1', 'Table', 'meta/v1.Table'],
    ['example.com/v1', 'DeleteOptions', undefined],
    ['v1', 'Pot', undefined],
    ['apps/v1beta1', 'Deployment', undefined],
    ['apps.example.com/v1', 'Deployment', undefined],
    ['rbac/v1', 'Role', undefined],
  ])('%s %s is %s', (apiVersion, kind, type) => {
    expect(typeNameOf(apiVersion, kind)).toBe(type)
  })

  it('go both ways for every kind', () => {
    for (const type of typeNames().filter(isKindType)) {
      const { apiVersion, kind } = apiVersionAndKindOf(type)
      if (!type.startsWith('meta/')) expect(typeNameOf(apiVersion, kind)).toBe(type)
    }
  })
})

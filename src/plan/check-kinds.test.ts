import { describe, expect, it } from 'vitest'

import { plan, web } from './testing/plan-of.ts'

function found(manifest: string): string[] {
  const { problems } = plan(`${web}---\n${manifest}`)
  return problems
    .filter(({ code }) => code.startsWith('kind-'))
    .map(({ code, line, message, help }) => `${code} ${line} ${message} ${help}`)
}

const definition = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: tables.dynamodb.services.k8s.aws}
spec:
  group: dynamodb.services.k8s.aws
  names: {kind: Table, plural: tables}
  scope: Namespaced
  versions:
    - {name: v1alpha1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
    - {name: v1alpha2, served: false, storage: false, schema: {openAPIV3Schema: {type: object}}}
`
const table = 'apiVersion: dynamodb.services.k8s.aws/v1alpha1\nkind: Table\nmetadata: {name: carts}\n'
const KEEP_OUT =
  'Keep the object out of the files for the near cluster; docs/coverage.md lists the kinds it serves.'

describe('kinds', () => {
  it.each([
    [
      'a slip',
      'apiVersion: apps/v1\nkind: Deploymnet\nmetadata: {name: a}\n',
      'kind-unknown 11 Kubernetes has no kind Deploymnet in apps/v1; did you mean "Deployment"? Write kind: Deployment.',
    ],
    [
      'a kind of another group',
      'apiVersion: v1\nkind: Deployment\nmetadata: {name: a}\n',
      'kind-unknown 10 Kubernetes has no Deployment in v1; it is in apps/v1 Write apiVersion: apps/v1.',
    ],
    [
      'a version that is gone',
      'apiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {name: a}\n',
      'kind-unknown 10 Kubernetes has no Ingress in extensions/v1beta1; it is in networking.k8s.io/v1 Write apiVersion: networking.k8s.io/v1.',
    ],
    [
      'nothing like a kind',
      'apiVersion: v1\nkind: Zzzzzzzzzz\nmetadata: {name: a}\n',
      'kind-unknown 11 Kubernetes has no kind Zzzzzzzzzz in v1 Correct kind or apiVersion.',
    ],
    [
      'a custom resource without its definition',
      table,
      `kind-not-served 11 Table carts (dynamodb.services.k8s.aws/v1alpha1) is not emulated: its CustomResourceDefinition is not in the files ${KEEP_OUT}`,
    ],
  ])('%s', (_, manifest, expected) => {
    expect(found(manifest)).toEqual([expected])
  })

  it('knows the kinds that definitions in the files define, at the versions that they serve', () => {
    expect(found(`${definition}---\n${table}`)).toEqual([])
    expect(found(`${definition}---\n${table.replace('v1alpha1', 'v1alpha2')}`)).toEqual([
      `kind-not-served 22 Table carts (dynamodb.services.k8s.aws/v1alpha2) is not emulated: the versions that its CustomResourceDefinition serves are: v1alpha1 ${KEEP_OUT}`,
    ])
  })

  it('says so without a ClusterConfig too', () => {
    const lone = plan('apiVersion: apps/v1\nkind: Deploymnet\nmetadata: {name: a}\n', { version: '[' })
    expect(lone.problems.map(({ code }) => code)).toContain('kind-unknown')
  })
})

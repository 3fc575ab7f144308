import { describe, expect, it } from 'vitest'

import { plan, web } from './testing/plan-of.ts'

function found(manifest: string): string[] {
  const { problems } = plan(`${web}---\n${manifest}`)
  return problems
    .filter(({ code }) => code.startsWith('kind-'))
    .map(({ code, line, message, help }) => `${code} ${line} ${message} ${help}`)
}

function definition(version: string): string {
  return `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: tables.dynamodb.services.k8s.aws}
spec:
  group: dynamodb.services.k8s.aws
  names: {kind: Table, plural: tables}
  scope: Namespaced
  versions:
    - {name: ${version}, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
`
}
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
      'kind-not-defined 11 Table carts (dynamodb.services.k8s.aws/v1alpha1) is a custom resource whose CustomResourceDefinition is not in the files Put the CustomResourceDefinition into the files, or install its operator into the cluster first.',
    ],
    [
      'a version that its definition does not serve',
      `${definition('v1beta1')}---\n${table}`,
      'kind-unknown 20 there is no Table in dynamodb.services.k8s.aws/v1alpha1: its CustomResourceDefinition serves v1beta1 Write apiVersion: dynamodb.services.k8s.aws/v1beta1.',
    ],
    [
      'a slip in a group of Kubernetes itself',
      'apiVersion: networking.k8s.io/v1\nkind: Ingres\nmetadata: {name: a}\n',
      'kind-unknown 11 Kubernetes has no kind Ingres in networking.k8s.io/v1; did you mean "Ingress"? Write kind: Ingress.',
    ],
    [
      'a built-in kind that is not served',
      'apiVersion: resource.k8s.io/v1\nkind: ResourceClaim\nmetadata: {name: a}\n',
      `kind-not-served 11 ResourceClaim a (resource.k8s.io/v1) is not emulated: the near cluster does not serve that kind ${KEEP_OUT}`,
    ],
  ])('%s', (_, manifest, expected) => {
    expect(found(manifest)).toEqual([expected])
  })

  it('finds nothing wrong with a custom resource beside its definition', () => {
    expect(found(`${definition('v1alpha1')}---\n${table}`)).toEqual([])
  })

  it('says so without a ClusterConfig too', () => {
    const lone = plan('apiVersion: apps/v1\nkind: Deploymnet\nmetadata: {name: a}\n', { version: '[' })
    expect(lone.problems.map(({ code }) => code)).toContain('kind-unknown')
  })
})

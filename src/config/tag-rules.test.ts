import { expect, it } from 'vitest'

import { readClusterConfig } from './cluster-config-reader.ts'

function faults(tags: string, field = 'metadata'): string[] {
  const more = field === 'metadata' ? `, tags: ${tags}` : ''
  const other = field === 'metadata' ? '' : `${field.replace('TAGS', tags)}\n`
  const text = `apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nmetadata: {name: c, region: us-west-2${more}}\n${other}`
  return readClusterConfig(text, 'c.yaml').problems.map(({ line, message }) => `${line}: ${message}`)
}

it.each([
  ['{team: "größe 1/a_b.c:d=e+f-g@h"}', []],
  ['{note: "cost & care"}', ['3: the tag note has signs that IAM refuses: "cost & care"']],
  ['{"what?": x}', ['3: the tag what? has signs that IAM refuses: "what?"']],
  ['{"aws:own": x}', ['3: the tag aws:own begins with aws:, which AWS keeps for itself']],
  ['{Team: a, team: b}', ['3: the tag team is there twice: IAM reads keys in any case']],
  [`{team: ${'x'.repeat(257)}}`, ['3: the tag team has more than 256 characters']],
])('of metadata.tags %s', (tags, expected) => {
  expect(faults(tags)).toEqual(expected)
})

it.each([
  'managedNodeGroups: [{name: a, tags: TAGS, iam: {instanceRoleARN: "arn:aws:iam::111122223333:role/a"}}]',
  'addons: [{name: kube-proxy, tags: TAGS}]',
])('not of what IAM never sees: %s', (field) => {
  expect(faults('{a: "b!"}', field)).toEqual([])
})

it.each([
  'managedNodeGroups: [{name: a, tags: TAGS}]',
  'nodeGroups: [{name: a, tags: TAGS}]',
  'iam: {withOIDC: true, serviceAccounts: [{metadata: {name: a}, attachPolicyARNs: [arn:aws:iam::aws:policy/ReadOnlyAccess], tags: TAGS}]}',
  'addons: [{name: vpc-cni, tags: TAGS}]',
])('of %s', (field) => {
  expect(faults('{a: "b!"}', field)).toContain('4: the tag a has signs that IAM refuses: "b!"')
})

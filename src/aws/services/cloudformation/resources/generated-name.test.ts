import { expect, test } from 'vitest'

import { generatedName } from './generated-name.ts'

function nameOf(
  stackName: string,
  logicalId: string,
  options: { token?: string; most?: number } = {},
): string {
  const { token = '5fedf659-25f0-4000-8000-000000000000', most = 64 } = options
  return generatedName({ stackName, logicalId, token }, most)
}

test('names that CloudFormation makes up are STACK-LOGICALID and twelve letters and digits', () => {
  expect(nameOf('eksctl-demo-cluster', 'ServiceRole')).toMatch(
    /^eksctl-demo-cluster-ServiceRole-[A-Za-z0-9]{12}$/,
  )
})

test.each([
  ['a'.repeat(100), 'Role', 64],
  ['eksctl-a-cluster-with-a-name-nodegroup-and-another', 'NodeInstanceRole', 64],
  ['s', 'L'.repeat(200), 64],
  ['eksctl-demo-nodegroup-workers-of-the-second-kind-of-all', 'ManagedNodeGroup', 63],
])('the name of %s, %s fits into %i characters', (stack, logicalId, most) => {
  const name = nameOf(stack, logicalId, { most })
  expect(name).toHaveLength(most)
  expect(name).toMatch(/^[a-z-]+-[A-Za-z]+-[A-Za-z0-9]{12}$/)
})

test('the logical id outlasts a long stack name', () => {
  expect(nameOf('s'.repeat(100), 'NodeInstanceRole')).toContain('-NodeInstanceRole-')
})

test('the same token gives the same name, another one another', () => {
  expect(nameOf('s', 'Role')).toBe(nameOf('s', 'Role'))
  expect(nameOf('s', 'Role', { token: 'other' })).not.toBe(nameOf('s', 'Role'))
})

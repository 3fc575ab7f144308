import { expect, test } from 'vitest'

import { autoModeFaults, autoModePools, isAutoMode } from './auto-mode.ts'

const ROLE = 'arn:aws:iam::111122223333:role/node'

test.each([
  ['nothing', {}, []],
  ['on with its defaults', { enabled: true }, []],
  ['on without pools', { enabled: true, nodePools: [] }, []],
  ['on with a role', { enabled: true, nodePools: ['system'], nodeRoleARN: ROLE }, []],
  [
    'a role without pools',
    { enabled: true, nodePools: [], nodeRoleARN: ROLE },
    ['cannot specify autoModeConfig.nodeRoleARN when autoModeConfig.nodePools is empty'],
  ],
  [
    'a boundary without pools',
    { enabled: true, nodePools: [], permissionsBoundaryARN: ROLE },
    ['cannot specify autoModeConfig.permissionBoundaryARN when autoModeConfig.nodePools is empty'],
  ],
  [
    'a role and a boundary',
    { enabled: true, nodePools: ['system'], nodeRoleARN: ROLE, permissionsBoundaryARN: ROLE },
    ['cannot specify autoModeConfig.permissionBoundaryARN when autoModeConfig.nodeRoleARN is set'],
  ],
  [
    'a pool twice',
    { enabled: true, nodePools: ['system', 'system'] },
    ['found duplicate node pool: "system"'],
  ],
  ['another pool', { enabled: true, nodePools: ['gpu'] }, ['invalid NodePool "gpu"']],
  [
    'pools while it is off',
    { enabled: false, nodePools: ['system'] },
    [
      'cannot set autoModeConfig.nodeRoleARN, autoModeConfig.permissionBoundaryARN, or autoModeConfig.nodePools when Auto Mode is disabled',
    ],
  ],
])('%s', (_what, config, faults) => {
  expect(autoModeFaults(config)).toEqual(faults)
})

test('both pools are there by default, those that are named else', () => {
  expect(autoModePools({ enabled: true })).toEqual(['general-purpose', 'system'])
  expect(autoModePools({ enabled: true, nodePools: [] })).toEqual([])
  expect(isAutoMode({ autoModeConfig: { enabled: true } })).toBe(true)
  expect(isAutoMode({})).toBe(false)
})

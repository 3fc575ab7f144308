import { describe, expect, it } from 'vitest'

import {
  apiRoot,
  groupVersionOf,
  parseGroupVersion,
  printGroupVersion,
  qualifiedResource,
} from './resource-names.ts'

describe('names of groups, versions and resources', () => {
  it.each([
    ['v1', '', 'v1', '/api/v1', '/v1', 'pods'],
    ['apps/v1', 'apps', 'v1', '/apis/apps/v1', 'apps/v1', 'pods.apps'],
    ['a.b.c/v2beta1', 'a.b.c', 'v2beta1', '/apis/a.b.c/v2beta1', 'a.b.c/v2beta1', 'pods.a.b.c'],
  ])('%s', (...[apiVersion, group, version, root, printed, qualified]) => {
    expect(parseGroupVersion(apiVersion)).toEqual({ group, version })
    expect(groupVersionOf({ group, version })).toBe(apiVersion)
    expect(apiRoot({ group, version })).toBe(root)
    expect(printGroupVersion(apiVersion)).toBe(printed)
    expect(qualifiedResource({ plural: 'pods', group })).toBe(qualified)
  })

  it('of nothing are nothing', () => {
    expect(parseGroupVersion('')).toEqual({ group: '', version: '' })
    expect(printGroupVersion('')).toBe('/')
  })
})

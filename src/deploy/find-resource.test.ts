import { describe, expect, it } from 'vitest'

import type { Resource } from '../kubernetes/client/client.ts'
import { deployments, pods } from '../kubernetes/client/resources.ts'
import { createFindResource } from './find-resource.ts'

const widgets: Resource = {
  group: 'example.com',
  version: 'v1',
  plural: 'widgets',
  kind: 'Widget',
  namespaced: true,
}

function discovering() {
  const asked: string[] = []
  const findResource = createFindResource(async (groupVersion) => {
    asked.push(groupVersion)
    return groupVersion === 'example.com/v1' ? [widgets] : undefined
  })
  return { asked, findResource }
}

describe('createFindResource', () => {
  it('knows the built-in kinds without asking', async () => {
    const { asked, findResource } = discovering()
    expect(await findResource('v1', 'Pod')).toBe(pods)
    expect(await findResource('apps/v1', 'Deployment')).toBe(deployments)
    expect(asked).toEqual([])
  })

  it('asks the cluster for others, and again when one was missing', async () => {
    const { asked, findResource } = discovering()
    expect(await findResource('example.com/v1', 'Widget')).toBe(widgets)
    expect(await findResource('example.com/v1', 'Widget')).toBe(widgets)
    expect(await findResource('example.com/v1', 'Gadget')).toBeUndefined()
    expect(asked).toEqual(['example.com/v1'])
    await findResource('example.com/v1', 'Widget')
    expect(asked).toEqual(['example.com/v1', 'example.com/v1'])
  })

  it('does not take a kind of one group for that of another', async () => {
    const { asked, findResource } = discovering()
    expect(await findResource('apps/v1', 'Pod')).toBeUndefined()
    expect(await findResource('apps/v1beta1', 'Deployment')).toBeUndefined()
    expect(asked).toEqual(['apps/v1', 'apps/v1beta1'])
  })
})

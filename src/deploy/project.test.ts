import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'

import { UserError } from '../base/errors.ts'
import { temporaryDirectory } from '../region/testing/test-region-parts.ts'
import { configOf, loadProject, manifestsOf } from './project.ts'

const workshop = fileURLToPath(new URL('../../examples/eks-workshop', import.meta.url))

function written(files: Readonly<Record<string, string>>): string {
  const directory = temporaryDirectory()
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(directory, name, '..'), { recursive: true })
    writeFileSync(join(directory, name), text)
  }
  return directory
}

const CONFIG =
  'apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nmetadata:\n  name: w\n  region: eu-west-1\n'

describe('loadProject', () => {
  it('reads the workshop', () => {
    const project = loadProject([workshop])
    expect(project.problems.filter(({ severity }) => severity === 'error')).toEqual([])
    expect(configOf(project).metadata.name).not.toBe('')
    expect(new Set(project.manifests.map(({ object }) => object.kind))).toEqual(
      new Set(['Namespace', 'Deployment', 'Service']),
    )
  })

  it('takes files one by one as well', () => {
    const directory = written({ 'cluster.yaml': CONFIG, 'other.yaml': 'apiVersion: v1\nkind: Bad' })
    expect(configOf(loadProject([join(directory, 'cluster.yaml')])).metadata.region).toBe('eu-west-1')
  })
})

describe('configOf', () => {
  it('says where the files are wrong', () => {
    const directory = written({ 'cluster.yaml': `${CONFIG}fargateProfile: []\n` })
    const failed = (() => {
      try {
        return configOf(loadProject([directory]))
      } catch (error) {
        return error
      }
    })()
    expect(failed).toBeInstanceOf(UserError)
    expect((failed as UserError).message).toMatch(
      /^the files do not make a cluster\n {2}\S+cluster\.yaml:6:1 .*fargateProfiles/,
    )
    expect((failed as UserError).help).toBe('See what is wrong with: neargate plan')
  })

  it('refuses a directory without a ClusterConfig', () => {
    const project = loadProject([
      written({ 'a.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: {name: web}\n' }),
    ])
    expect(() => configOf(project)).toThrow('the files do not make a cluster')
  })
})

describe('manifestsOf', () => {
  it('names the file and line of each object', () => {
    const namespace = 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: web\n'
    const directory = written({
      'cluster.yaml': CONFIG,
      'apps/web.yaml': `${namespace}---\n${namespace.replace('web', 'two')}`,
    })
    const sources = manifestsOf(loadProject([directory])).map(({ object, source }) => [
      object.metadata.name,
      source,
    ])
    const file = join(directory, 'apps/web.yaml')
    expect(sources).toEqual([
      ['web', `${file}:1`],
      ['two', `${file}:6`],
    ])
  })
})

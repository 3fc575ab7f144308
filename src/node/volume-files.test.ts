import { mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { describe, expect, it, onTestFinished } from 'vitest'

import type { ConfigMap, PersistentVolume, Volume, VolumeMount } from '../../generated/kubernetes.d.ts'
import {
  mountsOf,
  persistentPath,
  prepareVolumes,
  refreshVolumes,
  type PodDirectories,
} from './volume-files.ts'
import type { VolumeSourcesOfPod } from './volume-files.ts'

const metadata = { name: 'web-1', namespace: 'shop', uid: 'u1', resourceVersion: '1', creationTimestamp: '' }

interface Stage {
  readonly directories: PodDirectories
  readonly sources: VolumeSourcesOfPod & { data: Record<string, string> }
  readonly mount: (mount: Partial<VolumeMount>, environment?: Record<string, string>) => Promise<string>
}

async function stage(...volumes: Volume[]): Promise<Stage> {
  const root = await mkdtemp(join(tmpdir(), 'neargate-volumes-'))
  onTestFinished(() => rm(root, { recursive: true }))
  const directories = {
    pods: join(root, 'pods'),
    nodes: join(root, 'nodes'),
    volumes: join(root, 'volumes'),
    memory: join(root, 'memory'),
  }
  const sources: Stage['sources'] = {
    data: { greeting: 'hello' },
    pod: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { ...metadata, labels: { b: '2', a: '1' } },
      spec: { containers: [], volumes },
    },
    podIp: '10.0.0.5',
    hostIp: '10.0.0.9',
    nodeName: 'node-1',
    allocatable: {},
    configMap: async (name): Promise<ConfigMap> => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { ...metadata, name },
      data: sources.data,
    }),
    secret: async () => undefined,
    token: async ({ audience = '' }) => `token for ${audience}`,
    persistentVolume: async () => undefined,
  }
  return {
    directories,
    sources,
    async mount(mount, environment = {}) {
      const volumeMounts = [{ name: volumes[0]?.name ?? '', mountPath: '/data', ...mount }]
      const [found] = await mountsOf({ name: 'c', volumeMounts }, { directories, sources, environment })
      return found?.hostPath ?? ''
    },
  }
}

const CONFIG: Volume = { name: 'conf', configMap: { name: 'conf' } }

describe('the files of a volume', () => {
  it('are below the root where a container names a relative path for them', async () => {
    const { directories, sources } = await stage(CONFIG)
    const volumeMounts = [{ name: 'conf', mountPath: 'config' }]
    const mounts = await mountsOf({ name: 'c', volumeMounts }, { directories, sources, environment: {} })
    expect(mounts).toMatchObject([{ containerPath: '/config' }])
  })

  it('are those of a ConfigMap, and change with it at once', async () => {
    const { directories, sources, mount } = await stage(CONFIG)
    await prepareVolumes(directories, sources)
    const path = await mount({})
    expect(await readFile(join(path, 'greeting'), 'utf8')).toBe('hello')
    const before = await readlink(join(path, '..data'))
    sources.data = { other: 'bye' }
    await refreshVolumes(directories, sources)
    expect(await readFile(join(path, 'other'), 'utf8')).toBe('bye')
    expect(await readlink(join(path, '..data'))).not.toBe(before)
    await expect(readFile(join(path, 'greeting'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('are left alone while nothing has changed', async () => {
    const { directories, sources, mount } = await stage(CONFIG)
    await prepareVolumes(directories, sources)
    const file = join(await mount({}), 'greeting')
    const { ino } = await stat(file)
    await refreshVolumes(directories, sources)
    expect((await stat(file)).ino).toBe(ino)
  })

  it('are renewed without removing what a container has laid a link to', async () => {
    const { directories, sources, mount } = await stage(CONFIG)
    await prepareVolumes(directories, sources)
    const path = await mount({})
    await rm(join(path, '..data'))
    await symlink('../../../../elsewhere', join(path, '..data'))
    const elsewhere = join(directories.pods, '../elsewhere')
    await mkdir(elsewhere)
    sources.data = { other: 'bye' }
    await refreshVolumes(directories, sources)
    expect(await readdir(elsewhere)).toEqual([])
    expect(await readFile(join(path, 'other'), 'utf8')).toBe('bye')
  })

  it('of the API cannot be written by containers', async () => {
    const { directories, sources } = await stage(CONFIG, { name: 'data', emptyDir: {} })
    await prepareVolumes(directories, sources)
    const volumeMounts = ['conf', 'data'].map((name) => ({ name, mountPath: `/${name}` }))
    const mounts = await mountsOf({ name: 'c', volumeMounts }, { directories, sources, environment: {} })
    expect(mounts.map(({ isReadOnly }) => isReadOnly)).toEqual([true, false])
  })

  it('are put together of several sources', async () => {
    const items = [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }]
    const { directories, sources, mount } = await stage({
      name: 'all',
      projected: {
        sources: [
          { serviceAccountToken: { path: 'token', audience: 'sts' } },
          { configMap: { name: 'conf', items: [{ key: 'greeting', path: 'sub/hi' }] } },
          { downwardAPI: { items } },
        ],
      },
    })
    await prepareVolumes(directories, sources)
    const path = await mount({})
    const texts = await Promise.all(
      ['token', 'sub/hi', 'labels'].map((name) => readFile(join(path, name), 'utf8')),
    )
    expect(texts).toEqual(['token for sts', 'hello', 'a="1"\nb="2"'])
  })
})

describe('a mount', () => {
  it('of a part of a volume leads there, by a variable too', async () => {
    const { directories, sources, mount } = await stage({ name: 'data', emptyDir: {} })
    await prepareVolumes(directories, sources)
    const root = join(directories.pods, 'u1/volumes/data')
    expect((await stat(root)).mode & 0o777).toBe(0o777)
    expect(await mount({ subPathExpr: 'logs/$(NAME)' }, { NAME: 'web' })).toBe(join(root, 'logs/web'))
    // Whoever may write to the volume may write there.
    for (const part of ['logs', 'logs/web']) expect((await stat(join(root, part))).mode & 0o777).toBe(0o777)
  })

  it.each([
    ['/tmp', 'error SubPath `/tmp` must not be an absolute path'],
    ['a/../../b', "unable to provision SubPath `a/../../b`: must not contain '..'"],
  ])('of the part %s, which a variable says, is refused', async (value, message) => {
    const { directories, sources, mount } = await stage({ name: 'data', emptyDir: {} })
    await prepareVolumes(directories, sources)
    await expect(mount({ subPathExpr: '$(NAME)' }, { NAME: value })).rejects.toThrow(message)
  })

  it('that a link leads out of its volume is refused', async () => {
    const { directories, sources, mount } = await stage({ name: 'data', emptyDir: {} })
    await prepareVolumes(directories, sources)
    const root = join(directories.pods, 'u1/volumes/data')
    await symlink('/etc', join(root, 'out'))
    await expect(mount({ subPath: 'out' })).rejects.toThrow('leads out of its volume')
  })

  it.each(['new', 'new/deeper', ''])('makes nothing behind a link out of its volume (%j)', async (below) => {
    const { directories, sources, mount } = await stage({ name: 'data', emptyDir: {} })
    await prepareVolumes(directories, sources)
    const outside = join(directories.pods, '../outside')
    if (below !== '') await mkdir(outside)
    await symlink(outside, join(directories.pods, 'u1/volumes/data/out'))
    await expect(mount({ subPath: join('out', below) })).rejects.toThrow('leads out of its volume')
    expect(await readdir(outside).catch(() => [])).toEqual([])
  })

  it('of a host path is none of this machine, though a link on the node leads there', async () => {
    const { directories, sources, mount } = await stage({ name: 'host', hostPath: { path: '/var/out' } })
    await mkdir(join(directories.nodes, 'node-1/var'), { recursive: true })
    await symlink('/etc', join(directories.nodes, 'node-1/var/out'))
    await expect(prepareVolumes(directories, sources)).rejects.toThrow('leads out of its volume')
    await expect(mount({})).rejects.toThrow('leads out of its volume')
  })

  it('of a host path is in the directory of the node, whatever it says', async () => {
    const { directories, sources, mount } = await stage({ name: 'host', hostPath: { path: '/../../etc' } })
    await prepareVolumes(directories, sources)
    expect(await mount({})).toBe(join(directories.nodes, 'node-1/etc'))
  })

  it('of a file of the node keeps what is in it', async () => {
    const hostPath = { path: '/var/kept', type: 'FileOrCreate' as const }
    const { directories, sources, mount } = await stage({ name: 'host', hostPath })
    await prepareVolumes(directories, sources)
    await writeFile(await mount({}), 'mine')
    await prepareVolumes(directories, sources)
    expect(await readFile(await mount({}), 'utf8')).toBe('mine')
  })
})

describe('a persistent volume', () => {
  const of = (spec: object): string => {
    const volume: PersistentVolume = {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { ...metadata, name: 'pv-1' },
      spec,
    }
    return persistentPath(volume, { nodes: '/n', volumes: '/v' }, 'node-1')
  }

  it.each([
    ['of a driver', { csi: { driver: 'ebs.csi.aws.com', volumeHandle: 'vol-1' } }, '/v/vol-1'],
    ['with a handle that is a path', { csi: { driver: 'd', volumeHandle: '../x' } }, '/v/.._x'],
    ['with a handle that leads up', { csi: { driver: 'd', volumeHandle: '..' } }, '/v/_'],
    ['with a path that leads up', { hostPath: { path: '/../../etc' } }, '/n/node-1/etc'],
    ['of a node', { local: { path: '/mnt/disk' } }, '/n/node-1/mnt/disk'],
    ['of nothing known', { nfs: { server: 's', path: '/' } }, '/v/pv-1'],
  ])('%s', (_, spec, path) => {
    expect(of(spec)).toBe(path)
  })
})

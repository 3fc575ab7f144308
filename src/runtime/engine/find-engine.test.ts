import { release } from 'node:os'

import { describe, expect, it } from 'vitest'

import { findEngine, socketsOf } from './find-engine.ts'
import { answeringEngine as engine } from './testing/answering-engine.ts'

describe('an engine', () => {
  it('is where DOCKER_HOST says, and nowhere else', () => {
    expect(socketsOf({ DOCKER_HOST: 'unix:///tmp/e.sock', HOME: '/h' })).toEqual(['/tmp/e.sock'])
    expect(socketsOf({ HOME: '/h', XDG_RUNTIME_DIR: '/run/user/1' })).toContain(
      '/h/.colima/default/docker.sock',
    )
    const inside = socketsOf({ HOME: '/h', XDG_RUNTIME_DIR: '/run/user/1' }, true)
    expect(inside.slice(0, 2)).toEqual(['/run/user/1/docker.sock', '/run/user/1/podman/podman.sock'])
    expect(inside).toHaveLength(new Set(inside).size)
  })

  it('on another machine is refused by name', async () => {
    expect(await findEngine({ DOCKER_HOST: 'tcp://10.0.0.1:2375' })).toEqual({
      missing: 'DOCKER_HOST is tcp://10.0.0.1:2375, and only engines on a Unix socket can be used',
    })
    expect(await findEngine({ DOCKER_HOST: 'unix:///nowhere' })).toEqual({
      missing: 'nothing is at unix:///nowhere',
    })
  })

  it('says which it is', async () => {
    const { socketPath } = await engine(({ url }, response) =>
      response.end(
        url === '/info'
          ? '{"CgroupDriver":"systemd"}'
          : '{"Version":"4.3.1","Components":[{"Name":"Podman Engine"}]}',
      ),
    )
    const found = await findEngine({ DOCKER_HOST: `unix://${socketPath}` })
    expect(found).toMatchObject({ name: 'podman', version: '4.3.1', cgroupDriver: 'systemd' })
  })
})

describe('an engine that answers', () => {
  const answering = async (info: object): Promise<unknown> => {
    const { socketPath } = await engine(({ url }, response) =>
      response.end(JSON.stringify(url === '/info' ? info : { Version: '27.0' })),
    )
    const found = await findEngine({ DOCKER_HOST: `unix://${socketPath}` })
    return 'missing' in found ? found.missing.replace(socketPath, 'SOCKET') : found.name
  }

  it('is of use where its containers are on this machine, and nobody else’s', async () => {
    expect(await answering({ KernelVersion: release() })).toBe('docker')
    expect(await answering({ KernelVersion: '6.10.14-linuxkit' })).toBe(
      'docker 27.0 at SOCKET runs on another machine (Linux 6.10.14-linuxkit), where its containers cannot be given the network of a VPC',
    )
  })
})

describe('a rootless engine', () => {
  const ROOTLESS = { Rootless: true, CgroupVersion: '2', CgroupDriver: 'systemd' }
  const OUTSIDE = { isInUserNamespace: false, mayMakeNetworks: false, listenersOn: () => [] }
  const INSIDE = { isInUserNamespace: true, mayMakeNetworks: true }
  const HERE = { pid: 7, isHere: true }
  const THERE = { pid: 8, isHere: false }

  const found = async (
    place: Partial<Parameters<typeof findEngine>[1]>,
    info: object = {},
  ): Promise<Awaited<ReturnType<typeof findEngine>>> => {
    const version = { Version: '4.3.1', Components: [{ Name: 'Podman Engine' }] }
    const { socketPath } = await engine(({ url }, response) =>
      response.end(JSON.stringify(url === '/info' ? { ...ROOTLESS, ...info } : version)),
    )
    return await findEngine({ DOCKER_HOST: `unix://${socketPath}` }, { ...OUTSIDE, ...place })
  }

  it('is of use to who is in the user namespace of its containers', async () => {
    const inside = await found({ ...INSIDE, listenersOn: () => [THERE, HERE] })
    expect(inside).toMatchObject({ name: 'podman', cgroupDriver: 'systemd' })
    expect(inside).not.toHaveProperty('restriction')
  })

  it('is told with the process that shows its user the way there', async () => {
    expect(await found({ listenersOn: () => [HERE, THERE] })).toMatchObject({
      missing: expect.stringMatching(/is rootless: .*; a region of neargate start is$/),
      rootless: { name: 'podman', version: '4.3.1', pid: THERE.pid },
    })
  })

  it.each([
    ['another user', { listenersOn: () => [] }],
    ['root', { mayMakeNetworks: true, listenersOn: () => [THERE] }],
  ])('is nothing for %s', async (_, place) => {
    const answer = await found(place)
    expect(answer).toMatchObject({ missing: expect.stringContaining('as the user whose engine it is') })
    expect(answer).not.toHaveProperty('rootless')
  })

  it('is nothing for who is in another user namespace', async () => {
    expect(await found({ ...INSIDE, listenersOn: () => [THERE] })).toMatchObject({
      missing: expect.stringContaining('serves outside of this user namespace'),
    })
  })

  it.each([
    [{ CgroupVersion: '1' }, 'rootless on cgroup version 1: limits of CPU and memory do not hold'],
    [
      { CgroupDriver: 'none' },
      'rootless without control groups of its own: limits of CPU and memory do not hold',
    ],
  ])('with %j limits nothing, and that is said', async (info, words) => {
    expect(await found({ ...INSIDE, listenersOn: () => [HERE] }, info)).toMatchObject({
      cgroupDriver: 'none',
      restriction: expect.stringContaining(words),
    })
  })
})

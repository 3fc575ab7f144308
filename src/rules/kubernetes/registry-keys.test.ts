import { describe, expect, it } from 'vitest'

import { registryCredentials, registryServer } from './registry-keys.ts'

const auth = Buffer.from('me:pass:word').toString('base64')

describe('keys to a registry', () => {
  // kubernetes.io, Images, "Interpretation of config.json".
  it.each([
    ['registry.example.com', 'registry.example.com/team/web:1', true],
    ['https://registry.example.com/v2/', 'registry.example.com/web', true],
    ['registry.example.com/team', 'registry.example.com/team/web', true],
    ['registry.example.com/team', 'registry.example.com/other/web', false],
    ['registry.example.com', 'registry.example.community/web', false],
    ['registry.example.com:5000', 'registry.example.com:5000/web@sha256:' + 'a'.repeat(64), true],
    ['registry.example.com', 'registry.example.com:5000/web', false],
    ['registry.*', 'registry:5000/web', false],
    ['*.kubernetes.io', 'abc.kubernetes.io/web', true],
    ['*.kubernetes.io', 'kubernetes.io/web', false],
    ['*.kubernetes.io', 'abc.def.kubernetes.io/web', false],
    ['prefix.*.io', 'prefix.kubernetes.io/web', true],
    ['*-good.kubernetes.io', 'prefix-good.kubernetes.io/web', true],
    ['*.dkr.ecr.*.amazonaws.com', '123456789012.dkr.ecr.eu-west-1.amazonaws.com/app:1', true],
    ['https://index.docker.io/v1/', 'nginx', true],
    ['https://index.docker.io/v1/', 'quay.io/nginx', false],
  ])('for %s fit %s: %s', (server, image, fits) => {
    const key = { username: 'me', password: 'pass:word', serverAddress: server }
    expect(registryCredentials([{ [server]: { auth } }], image)).toEqual(fits ? [key] : [])
  })

  it('stand in `auth` before names that say nothing', () => {
    const key = { username: 'u', password: 'p', serverAddress: 'ghcr.io' }
    const padded = Buffer.from('u:p\0\0').toString('base64')
    const empty = { username: '', password: '' }
    expect(registryCredentials([{ 'ghcr.io': { ...empty, auth: padded } }], 'ghcr.io/a')).toEqual([key])
    expect(registryCredentials([{ 'ghcr.io': empty }], 'ghcr.io/a')).toEqual([])
  })

  it('are tried as the kubelet does: of the more specific server first, then file by file', () => {
    const key = (username: string): object => ({ username, password: 'p' })
    const files = [
      { 'r.io': key('first'), 'r.io/team': key('team') },
      { 'r.io': key('second'), 'other.io': key('other') },
      { 'r.io/team/web': { identitytoken: 'long' }, 'r.io/none': {} },
    ]
    const found = registryCredentials(files, 'r.io/team/web:1')
    expect(found.map(({ username }) => username)).toEqual(['<token>', 'team', 'first', 'second'])
  })
})

describe('the name of a registry', () => {
  it.each([
    ['nginx', 'https://index.docker.io/v1/'],
    ['quay.io/team/app:1', 'quay.io'],
    ['localhost:5000/app', 'localhost:5000'],
  ])('of %s is %s', (image, server) => {
    expect(registryServer(image)).toBe(server)
  })
})

import { describe, expect, it } from 'vitest'

import type { Secret } from '../../generated/kubernetes.d.ts'
import { registryCredentials } from './image-pull.ts'

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

function secret(type: string, file: string, content: unknown): Secret {
  const metadata = { name: 's', uid: 'u', resourceVersion: '1', creationTimestamp: '' }
  const data = { [file]: base64(typeof content === 'string' ? content : JSON.stringify(content)) }
  return { apiVersion: 'v1', kind: 'Secret', metadata, type, data }
}

function config(server: string): Secret {
  const auths = { [server]: { auth: base64('me:pass:word') } }
  return secret('kubernetes.io/dockerconfigjson', '.dockerconfigjson', { auths })
}

describe('keys to a registry', () => {
  it.each([
    ['registry.example.com', 'registry.example.com/team/web:1', true],
    ['https://registry.example.com/v2/', 'registry.example.com/web', true],
    ['registry.example.com/team', 'registry.example.com/team/web', true],
    ['registry.example.com/team', 'registry.example.com/other/web', false],
    ['registry.example.com', 'registry.example.community/web', false],
    ['https://index.docker.io/v1/', 'nginx', true],
  ])('for %s fit %s: %s', (server, image, fits) => {
    const found = registryCredentials([config(server)], image)
    const key = { username: 'me', password: 'pass:word', serverAddress: server }
    expect(found).toEqual(fits ? [key] : [])
  })

  it('are read of the older kind of secret', () => {
    const old = secret('kubernetes.io/dockercfg', '.dockercfg', {
      'r.example': { username: 'u', password: 'p' },
    })
    expect(registryCredentials([old], 'r.example/web')).toEqual([
      { username: 'u', password: 'p', serverAddress: 'r.example' },
    ])
  })

  it('are none where the secret cannot be read', () => {
    const broken = secret('kubernetes.io/dockerconfigjson', '.dockerconfigjson', '{')
    expect(registryCredentials([broken], 'nginx')).toEqual([])
  })
})

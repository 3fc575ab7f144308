import { describe, expect, it } from 'vitest'

import type { Secret } from '../../generated/kubernetes.d.ts'
import { registryAuths } from './image-pull.ts'

function secret(type: string, file: string, content: string): Secret {
  const metadata = { name: 's', uid: 'u', resourceVersion: '1', creationTimestamp: '' }
  const data = { [file]: Buffer.from(content).toString('base64') }
  return { apiVersion: 'v1', kind: 'Secret', metadata, type, data }
}

const auths = { 'r.example': { username: 'u', password: 'p' } }

describe('what a secret holds for registries', () => {
  it.each([
    ['kubernetes.io/dockerconfigjson', '.dockerconfigjson', JSON.stringify({ auths }), auths],
    ['kubernetes.io/dockercfg', '.dockercfg', JSON.stringify(auths), auths],
    ['kubernetes.io/dockerconfigjson', '.dockerconfigjson', '{', {}],
    ['Opaque', 'password', 'p', {}],
  ])('of type %s in %s is read: %s', (type, file, content, expected) => {
    expect(registryAuths([secret(type, file, content)])).toEqual([expected])
  })
})

// Keys that somebody else chose are keys and nothing else, even those that every object inherits.
import { beforeAll, describe, expect, it } from 'vitest'

import { configMaps } from '../client/resources.ts'
import type { ApiResponse } from './http.ts'
import { createApiFixture, type ApiFixture } from './testing/api-fixture.ts'
import { sendTo, type Sent } from './testing/send.ts'

const maps = '/api/v1/namespaces/default/configmaps'
let fixture: ApiFixture

beforeAll(async () => {
  fixture = await createApiFixture()
  const { client } = fixture
  await client.create(configMaps, { metadata: { name: 'm', namespace: 'default' }, data: { a: '1' } })
})

function send(method: string, url: string, sent?: Sent): Promise<ApiResponse> {
  return sendTo(fixture.server, method, url, sent)
}

describe('keys that objects inherit', () => {
  it.each(['toString', 'constructor', 'valueOf', 'hasOwnProperty'])('%s selects nothing', async (key) => {
    const { client } = fixture
    const list = async (labelSelector: string): Promise<number> =>
      (await client.list(configMaps, { namespace: 'default', labelSelector })).items.length
    expect(await list(key)).toBe(0)
    expect(await list(`!${key}`)).toBeGreaterThan(0)
    expect(await list(`${key} notin (x)`)).toBeGreaterThan(0)
  })

  it('are kept where they are data, by every way of writing', async () => {
    const url = `${maps}/odd`
    const data = '{"__proto__":"p","constructor":"c","toString":"t"}'
    await send('POST', maps, { body: `{"metadata":{"name":"odd"},"data":${data}}` })
    const read = async (): Promise<string> => {
      const { body } = await send('GET', url)
      return JSON.stringify((JSON.parse(body as string) as { data: object }).data)
    }
    expect(await read()).toBe(data)
    const patch = '{"data":{"__proto__":"q","constructor":null}}'
    for (const type of ['merge-patch', 'strategic-merge-patch']) {
      const headers = { 'content-type': `application/${type}+json` }
      expect((await send('PATCH', url, { body: patch, headers })).status).toBe(200)
      expect(await read()).toBe('{"__proto__":"q","toString":"t"}')
    }
    const headers = { 'content-type': 'application/apply-patch+yaml' }
    const applied = `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"odd"},"data":{"__proto__":"r"}}`
    expect((await send('PATCH', `${url}?fieldManager=m&force=true`, { body: applied, headers })).status).toBe(
      200,
    )
    expect(await read()).toBe('{"__proto__":"r","toString":"t"}')
    expect(Object.getPrototypeOf({})).toBe(Object.prototype)
  })

  it('that leave a map are seen to leave', async () => {
    const { client } = fixture
    const metadata = { name: 'leaving', namespace: 'default' }
    const made = await client.create(configMaps, { metadata, data: { toString: 'a', b: 'c' } })
    const { managedFields } = (await client.update(configMaps, { ...made, data: { b: 'c' } })).metadata
    expect(JSON.stringify(managedFields)).not.toContain('toString')
  })
})

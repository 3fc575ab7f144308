import { expect, test } from 'vitest'

import { configMaps } from '../client/resources.ts'
import type { ApiServer } from './api-server.ts'
import { createApiFixture } from './testing/api-fixture.ts'
import { sendTo } from './testing/send.ts'
import { gitVersionOf } from './version.ts'

async function bodyOf(server: ApiServer, path: string): Promise<unknown> {
  // Both are short answers, as text.
  const { body } = await sendTo(server, 'GET', path)
  return JSON.parse(body as string)
}

test('a server takes another version while it serves', async () => {
  const { server, client } = await createApiFixture({ version: '1.33' })
  const shown = async () => ({
    version: await bodyOf(server, '/version'),
    openApi: await bodyOf(server, '/openapi/v2'),
  })
  expect(await shown()).toMatchObject({
    version: { minor: '33', gitVersion: gitVersionOf('1.33') },
    openApi: { info: { version: gitVersionOf('1.33') } },
  })
  const ended = new AbortController()
  const { resourceVersion } = await client.list(configMaps, { namespace: 'default' })
  const watch = client.watch(configMaps, {
    namespace: 'default',
    resourceVersion,
    signal: ended.signal,
  })
  const next = watch[Symbol.asyncIterator]().next()
  server.setVersion('1.34')
  expect(server.gitVersion).toBe(gitVersionOf('1.34'))
  expect(await shown()).toMatchObject({
    version: { minor: '34', emulationMinor: '34' },
    openApi: { info: { version: gitVersionOf('1.34') } },
  })
  // A watch from before goes on.
  await client.create(configMaps, { metadata: { name: 'mine', namespace: 'default' } })
  expect((await next).value).toMatchObject({ object: { metadata: { name: 'mine' } } })
  ended.abort()
})

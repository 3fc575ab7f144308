import { expect, it } from 'vitest'

import { silentLog } from '../../base/log.ts'
import { createApiFixture } from './testing/api-fixture.ts'
import { sendTo, wholeText } from './testing/send.ts'

it('logs what fails on the way to a deprecated kind as for any other', async () => {
  const logged: unknown[] = []
  const { server } = await createApiFixture({
    log: { ...silentLog, error: (message, fields) => void logged.push([message, fields]) },
    admission: [
      {
        name: 'Broken',
        async admit({ resource, name }) {
          if (resource === 'endpoints' && name === 'e') throw new TypeError('a defect')
          return undefined
        },
      },
    ],
  })
  const url = '/api/v1/namespaces/default/endpoints'
  const answer = await sendTo(server, 'POST', url, { body: { metadata: { name: 'e' } } })
  expect(answer.status).toBe(500)
  expect(wholeText(answer)).toContain('Internal error occurred: TypeError: a defect')
  expect(logged).toEqual([['request failed', { url, error: expect.any(TypeError) }]])

  const refused = await sendTo(server, 'GET', `${url}/none`)
  expect(refused.headers['warning']).toEqual([expect.stringContaining('v1 Endpoints is deprecated')])
})

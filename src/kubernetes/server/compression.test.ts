import { gunzipSync } from 'node:zlib'

import { expect, it } from 'vitest'

import { compressed } from './compression.ts'
import type { ApiRequest, ApiResponse } from './http.ts'

const large = 'x'.repeat(200_000)

function answer(body: ApiResponse['body'], accept?: string): Promise<ApiResponse> {
  const headers = accept === undefined ? {} : { 'accept-encoding': accept }
  const request: ApiRequest = { method: 'GET', url: '/', headers, signal: new AbortController().signal }
  return compressed({ status: 200, headers: { a: 'b' }, body }, request)
}

it('compresses what is large for who takes it', async () => {
  const { headers, body } = await answer(large, 'br, gzip;q=0.5')
  expect(headers).toEqual({ a: 'b', 'content-encoding': 'gzip', vary: 'Accept-Encoding' })
  expect(gunzipSync(body as Uint8Array).toString()).toBe(large)
})

it.each([
  ['what is small', 'small', 'gzip'],
  ['for who takes nothing of the kind', large, undefined],
  ['for who takes others', large, 'br'],
])('leaves alone %s', async (_what, body, accept) => {
  expect((await answer(body, accept)).body).toBe(body)
})

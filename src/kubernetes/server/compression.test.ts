import { gunzipSync } from 'node:zlib'

import { expect, it } from 'vitest'

import { compressed } from './compression.ts'
import { LongBody, type ApiRequest, type ApiResponse } from './http.ts'

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

it('compresses a long answer while it is sent', async () => {
  const parts = Array.from({ length: 10 }, () => Buffer.from(large))
  const { headers, body } = await answer(new LongBody(parts), 'gzip')
  expect(headers).toMatchObject({ 'content-encoding': 'gzip' })
  const seen: Uint8Array[] = []
  for await (const part of body as AsyncIterable<Uint8Array>) seen.push(part)
  expect(gunzipSync(Buffer.concat(seen)).toString()).toBe(large.repeat(10))
})

it('tells the reader when a long answer fails', async () => {
  const failing = function* (): Generator<Uint8Array> {
    yield Buffer.from(large)
    throw new RangeError('no more')
  }
  const { body } = await answer(new LongBody(failing()), 'gzip')
  const read = async (): Promise<void> => {
    for await (const _part of body as AsyncIterable<Uint8Array>);
  }
  await expect(read()).rejects.toThrow('no more')
})

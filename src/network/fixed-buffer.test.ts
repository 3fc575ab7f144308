import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

import { expect, it, onTestFinished } from 'vitest'

import { readIntoOne } from './fixed-buffer.ts'

/** Both ends of a connection. */
async function pair(): Promise<{ near: Socket; far: Socket }> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const near = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [far] = (await once(server, 'connection')) as [Socket]
  onTestFinished(() => {
    near.destroy()
    far.destroy()
    server.close()
  })
  return { near, far }
}

it('reads into the same memory from now on, and tells the end', async () => {
  const { near, far } = await pair()
  const chunks: string[] = []
  const heard: Buffer[] = []
  const isTold = new Promise<boolean>((resolve) => {
    far.on('data', (chunk: Buffer) => {
      chunks.push(chunk.toString())
      resolve(readIntoOne(far, (bytes) => heard.push(bytes) > 0))
    })
  })
  const ended = once(far, 'end')
  near.write('first')
  // On a Node where this is false, large bodies cost more, and all else is as it was.
  expect(await isTold).toBe(true)
  near.write('second')
  await expect.poll(() => heard.length).toBe(1)
  expect(String(heard[0])).toBe('second')
  near.end('third!')
  await ended
  expect(chunks).toEqual(['first'])
  expect(String(heard[0])).toBe('third!')
})

it('reads no more until it is told to', async () => {
  const { near, far } = await pair()
  const heard: string[] = []
  far.on('data', () => {
    readIntoOne(far, (bytes) => {
      heard.push(bytes.toString())
      return false
    })
    near.write('one')
  })
  near.write('first')
  await expect.poll(() => heard).toEqual(['one'])
  near.write('two')
  await new Promise((resolve) => near.write('', resolve))
  expect(heard).toEqual(['one'])
  far.resume()
  await expect.poll(() => heard).toEqual(['one', 'two'])
})

it('leaves alone what has read ahead', async () => {
  const { near, far } = await pair()
  const readAhead = new Promise<boolean>((resolve) => {
    far.once('data', () => {
      far.pause()
      far.once('readable', () => resolve(readIntoOne(far, () => true)))
    })
  })
  near.write('first')
  await once(far, 'pause')
  near.write('second')
  expect(await readAhead).toBe(false)
})

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, rmSync, writeFileSync } from 'node:fs'

import { describe, expect, it, onTestFinished } from 'vitest'

import { writeState } from './home.ts'
import { birthOf } from './processes.ts'
import { findRegion, realPath } from './running.ts'
import { pretendRegion, temporaryHome } from './testing/test-region-parts.ts'

// Linux gives no process id above 2^22.
const NO_PROCESS = 2 ** 22 + 1
const NOBODY = 'http://127.0.0.1:1'
const hasProc = existsSync('/proc/self/stat')

/** A process that has nothing to do with regions. */
async function stranger(): Promise<number> {
  const child = spawn('sleep', ['60'])
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child, 'spawn')
  return child.pid ?? 0
}

describe('findRegion', () => {
  it('finds none in an empty directory, or where the file tells nothing', async () => {
    const home = temporaryHome()
    expect(await findRegion(home)).toEqual({ state: 'none' })
    for (const state of [{}, { pid: 'one' }, { pid: process.pid }, ['pid']]) {
      writeState(home.running, state)
      expect(await findRegion(home)).toEqual({ state: 'none' })
    }
  })

  it('finds the region that proves itself', async () => {
    const home = temporaryHome()
    const endpoint = await pretendRegion(home)
    expect(await findRegion(home)).toMatchObject({
      state: 'running',
      file: { pid: process.pid, endpoint, region: 'eu-west-1', startedBy: 'start' },
    })
  })

  it('does not take another process of the same id for the region', async () => {
    const home = temporaryHome()
    const pid = await stranger()
    await pretendRegion(home, { pid, birth: `${'0'.repeat(36)} 1`, endpoint: NOBODY })
    expect(await findRegion(home)).toEqual({ state: 'none' })
  })

  it('does not take what listens on its port now for the region', async () => {
    const [home, other] = [temporaryHome(), temporaryHome()]
    const endpoint = await pretendRegion(other)
    await pretendRegion(home, { pid: NO_PROCESS, endpoint })
    expect(await findRegion(home)).toEqual({ state: 'none' })
  })

  it('does not take the region of the directory that this is a copy of', async () => {
    const [home, copy] = [temporaryHome(), temporaryHome()]
    await pretendRegion(home)
    cpSync(home.directory, copy.directory, { recursive: true })
    expect(await findRegion(copy)).toEqual({ state: 'none' })
    expect(await findRegion(home)).toMatchObject({ state: 'running' })
  })

  it('believes the handshake where the system tells no births', async () => {
    const home = temporaryHome()
    await pretendRegion(home)
    const file = { ...(await fileOf(home)), birth: undefined }
    writeState(home.running, file)
    expect(await findRegion(home)).toMatchObject({ state: 'running', file: { pid: process.pid } })
    writeState(home.running, { ...file, endpoint: NOBODY })
    expect(await findRegion(home)).toMatchObject({ state: 'none', unproven: { pid: process.pid } })
  })

  it.runIf(hasProc)('tells one that starts from one that does not answer', async () => {
    const home = temporaryHome()
    const pid = await stranger()
    const birth = birthOf(pid)
    const file = { pid, birth, directory: realPath(home.directory) }
    writeState(home.running, file)
    expect(await findRegion(home)).toEqual({ state: 'starting', file })
    await pretendRegion(home, { endpoint: NOBODY })
    expect(await findRegion(home)).toMatchObject({ state: 'silent', file: { endpoint: NOBODY } })
  })

  it.runIf(hasProc)(
    'finds one whose identity was taken away or is damaged, so that it can be stopped',
    async () => {
      const home = temporaryHome()
      await pretendRegion(home)
      writeFileSync(home.identity, '{"region":')
      expect(await findRegion(home)).toMatchObject({ state: 'silent', file: { pid: process.pid } })
      rmSync(home.identity)
      expect(await findRegion(home)).toMatchObject({ state: 'silent' })
    },
  )
})

async function fileOf(home: ReturnType<typeof temporaryHome>): Promise<object | undefined> {
  const found = await findRegion(home)
  return found.state === 'none' ? undefined : found.file
}

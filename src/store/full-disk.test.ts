// A store on a file system of 2 MB of its own, which fills up and gets room again.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, it, onTestFinished } from 'vitest'

// Namespaces of one's own need Linux, and leave to make them.
const hasNamespaces = spawnSync('unshare', ['--map-root-user', '--mount', 'true']).status === 0

const MODULE = (name: string): string => JSON.stringify(new URL(name, import.meta.url).href)

// Prints, as JSON, what was acknowledged, what was refused, and what is there after a restart.
const WRITER = `
  import { rmSync, writeFileSync } from 'node:fs'
  import { setTimeout as sleep } from 'node:timers/promises'
  import { openStore } from ${MODULE('open-store.ts')}
  import { systemClock } from ${MODULE('../base/clock.ts')}
  import { silentLog } from ${MODULE('../base/log.ts')}
  const directory = process.argv[1]
  const ballast = directory + '/ballast'
  writeFileSync(ballast, Buffer.alloc(1_000_000))
  const options = { directory: directory + '/store', clock: systemClock, log: silentLog }
  const store = await openStore(options)
  const acknowledged = []
  const put = async (key, size) => {
    await store.transact((writer) => {
      writer.put(key, JSON.stringify('x'.repeat(size)))
      writer.put(key + '/twin', '1')
    })
    acknowledged.push(key)
  }
  let refused = 0
  for (let n = 0; refused < 20; n += 1) await put('/full/' + n, 20_000).catch(() => (refused += 1))
  const reason = store.writeFailure?.message
  const readable = acknowledged.every((key) => store.get(key) !== undefined)
  rmSync(ballast)
  const deadline = Date.now() + 20_000
  while (store.writeFailure !== undefined && Date.now() < deadline) await sleep(20)
  for (let n = 0; n < 20; n += 1) await put('/after/' + n, 100)
  const { revision } = store
  await store.close()
  const again = await openStore(options)
  const keys = again.range({ prefix: '' }).entries.map(({ key }) => key)
  await again.close()
  process.stdout.write(JSON.stringify({ acknowledged, keys, reason, readable, revisions: [revision, again.revision] }))
`

interface Written {
  readonly acknowledged: readonly string[]
  readonly keys: readonly string[]
  readonly reason?: string
  readonly readable: boolean
  readonly revisions: readonly [number, number]
}

it.skipIf(!hasNamespaces)('loses nothing, keeps nothing half, and writes again when there is room', () => {
  const directory = mkdtempSync(join(tmpdir(), 'full-disk-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const script = 'mount -t tmpfs -o size=2m tmpfs "$1" && exec "$2" --input-type=module --eval "$3" "$1"'
  const { stdout, stderr } = spawnSync(
    'unshare',
    ['--map-root-user', '--mount', 'sh', '-c', script, 'sh', directory, process.execPath, WRITER],
    { encoding: 'utf8' },
  )
  expect(stderr).toBe('')
  const { acknowledged, keys, reason, readable, revisions } = JSON.parse(stdout) as Written
  expect(reason).toMatch(/database or disk is full/)
  expect(readable).toBe(true)
  expect(acknowledged.filter((key) => key.startsWith('/full/')).length).toBeGreaterThan(5)
  expect(acknowledged.filter((key) => key.startsWith('/after/'))).toHaveLength(20)
  expect(keys.toSorted()).toEqual(acknowledged.flatMap((key) => [key, `${key}/twin`]).toSorted())
  expect(revisions[1]).toBe(revisions[0])
  expect(revisions[0]).toBe(acknowledged.length)
})

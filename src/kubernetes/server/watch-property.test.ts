// A watch is a list and its events, in any interleaving: random writes to several kinds, watchers with random selectors
// that are cut and go on, each against lists at exact versions. FUZZ_SEED=n repeats another run. Once in memory, and once
// with a server that is killed and goes on from what its files hold.
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, it, onTestFinished } from 'vitest'

import { isAlreadyExists, isConflict, isNotFound } from '../../base/errors.ts'
import { silentLog } from '../../base/log.ts'
import { FakeClock } from '../../base/testing/fake-clock.ts'
import {
  createDefinitionsFixture,
  definitionOf,
  type DefinitionsFixture,
} from '../../controllers/customresourcedefinition/testing/definitions-fixture.ts'
import { createMemoryStore } from '../../store/memory-store.ts'
import { openStore } from '../../store/open-store.ts'
import type { Store } from '../../store/store.ts'
import type { Draft, KubernetesObject, Resource, WatchEvent } from '../client/client.ts'
import { configMaps, namespaces, pods, secrets, serviceAccounts } from '../client/resources.ts'
import { seededRandom } from '../schema/testing/sample.ts'
import { sendTo, wholeText } from './testing/send.ts'

const SEED = Number(process.env['FUZZ_SEED'] ?? 20261127)
const WATCHERS = 50
const WRITERS = 5
const WRITES = 100
const WRITES_UNTIL_KILLED = 120
const BOOKMARK_INTERVAL_MS = 60_000
const NAMESPACES = ['one', 'two']
const COLORS = ['red', 'green', 'blue']
const gadgets: Resource = {
  group: 'ex.com',
  version: 'v1',
  plural: 'gadgets',
  kind: 'Gadget',
  namespaced: true,
}
const KINDS: readonly Resource[] = [configMaps, secrets, pods, gadgets]

const random = seededRandom(SEED)
const below = (limit: number): number => Math.floor(random() * limit)
const clock = new FakeClock()
let store: Store
let fixture: DefinitionsFixture

/** A server over a store. */
async function start(over: Store): Promise<void> {
  store = over
  fixture = await createDefinitionsFixture({ store, clock })
}

async function fill(): Promise<void> {
  await fixture.define(definitionOf('Gadget', {}))
  for (const name of NAMESPACES) {
    await fixture.client.create(namespaces, { metadata: { name }, spec: {} })
    await fixture.client.create(serviceAccounts, { metadata: { name: 'default', namespace: name } })
  }
}

async function end(): Promise<void> {
  await fixture[Symbol.asyncDispose]()
  await store.close()
}

/** The server's lives so far, and when the present one has begun. */
let life = 0
let begun = Promise.resolve()
/** The connections of this life that last. */
const connections = new Set<AbortController>()

/** Ends the server as `kill -9` does, between two turns: what is in its files is all that the next one knows. */
async function kill(directory: string): Promise<void> {
  const killed = { fixture, store }
  life += 1
  const files = join(directory, String(life))
  cpSync(join(directory, String(life - 1)), files, { recursive: true })
  for (const connection of connections) connection.abort()
  begun = openStore({ directory: files, clock, log: silentLog }).then(start)
  await begun
  tally.kills += 1
  // What it still writes goes to files that nobody reads.
  await killed.fixture[Symbol.asyncDispose]()
  await killed.store.close()
}

function pick<T>(choices: readonly T[]): T {
  return choices[below(choices.length)]!
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function isLostRace(error: unknown): boolean {
  return isAlreadyExists(error) || isConflict(error) || isNotFound(error)
}

async function writeOnce(): Promise<void> {
  await begun
  const { client } = fixture
  const kind = pick(KINDS)
  const key = { namespace: pick(NAMESPACES), name: `o${below(6)}` }
  const metadata = { labels: { color: pick([...COLORS, null]) } }
  const choice = below(10)
  if (choice < 3) {
    const color = pick(COLORS)
    const spec = kind === pods ? { spec: { containers: [{ name: 'c', image: 'i' }] } } : {}
    const draft = { metadata: { ...key, labels: { color } }, ...spec } as Draft<KubernetesObject>
    await client.create(kind, draft)
  } else if (choice < 5) {
    await client.delete(kind, key)
  } else if (choice < 7 && kind === pods) {
    const body = { status: { phase: pick(['Pending', 'Running']) } }
    await client.patch(kind, key, body, { type: 'merge', subresource: 'status' })
  } else {
    await client.patch(kind, key, { metadata }, { type: 'merge' })
  }
}

/** @param onWrite called after each write */
async function writer(onWrite: () => Promise<void>): Promise<void> {
  for (let count = 0; count < WRITES; count += 1) {
    const now = life
    await writeOnce().catch((error: unknown) => {
      // What becomes of a write that meets a kill is not known, as over a connection that breaks.
      if (now === life && !isLostRace(error)) throw error
    })
    await onWrite()
    await begun
    if (below(40) === 0) await store.compact(Math.max(store.compactedRevision, store.revision - below(30)))
    if (below(15) === 0) await clock.advance(BOOKMARK_INTERVAL_MS)
    await nextTurn()
  }
}

/** What is asked for, as path and query. */
interface Scope {
  readonly path: string
  readonly query: Readonly<Record<string, string>>
}

function randomScope(): Scope {
  const kind = pick(KINDS)
  const root = kind.group ? `/apis/${kind.group}/${kind.version}` : `/api/${kind.version}`
  const namespace = pick([...NAMESPACES, ''])
  const labelSelector = pick(['', 'color=red', 'color!=red', 'color in (red,blue)', 'color', '!color'])
  const ofAny = ['', '', 'metadata.name=o1', 'metadata.name!=o2', 'metadata.namespace=one']
  const fieldSelector = pick(kind === pods ? [...ofAny, 'status.phase=Running'] : ofAny)
  return {
    path: `${root}${namespace ? `/namespaces/${namespace}` : ''}/${kind.plural}`,
    query: { ...(labelSelector ? { labelSelector } : {}), ...(fieldSelector ? { fieldSelector } : {}) },
  }
}

interface Answer {
  readonly status: number
  readonly items: readonly KubernetesObject[]
  readonly version: string
}

async function list({ path, query }: Scope, more: Readonly<Record<string, string>> = {}): Promise<Answer> {
  await begun
  const now = life
  const url = `${path}?${new URLSearchParams({ ...query, ...more }).toString()}`
  const response = await sendTo(fixture.server, 'GET', url)
  // The answer of one that has been killed meanwhile reaches nobody.
  if (now !== life) return await list({ path, query }, more)
  const answer = JSON.parse(wholeText(response)) as {
    items?: KubernetesObject[]
    metadata: KubernetesObject['metadata']
  }
  return {
    status: response.status,
    items: answer.items ?? [],
    version: answer.metadata.resourceVersion ?? '',
  }
}

type Event =
  | WatchEvent<KubernetesObject>
  | { readonly type: 'ERROR'; readonly object: { readonly code: number } }

/** The events of a watch over the wire; a refusal is an ERROR like one that comes later. */
async function* watch({ path, query }: Scope, more: Record<string, string>): AsyncGenerator<Event> {
  await begun
  const now = life
  const gone = new AbortController()
  connections.add(gone)
  const options = new URLSearchParams({ watch: 'true', allowWatchBookmarks: 'true', ...query, ...more })
  const { status, body } = await fixture.server.handle({
    method: 'GET',
    url: `${path}?${options.toString()}`,
    headers: { authorization: 'Bearer admin' },
    signal: gone.signal,
  })
  if (status !== 200 || body instanceof Uint8Array) {
    yield { type: 'ERROR', object: { code: status } }
    return
  }
  let rest = ''
  try {
    for await (const chunk of typeof body === 'string' ? [body] : body) {
      const lines = (rest + (typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString())).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        if (now !== life) return
        yield JSON.parse(line) as Event
      }
    }
  } finally {
    connections.delete(gone)
    gone.abort()
  }
}

const NOTHING = { cuts: 0, compared: 0, expired: 0, events: 0, bookmarks: 0, streamed: 0, kills: 0 }
let tally = { ...NOTHING }

/** A replica that knows only what a list and its watches have told it. */
class Watcher {
  readonly #scope = randomScope()
  readonly #objects = new Map<string, KubernetesObject>()
  #version = 0

  get version(): number {
    return this.#version
  }

  async run(isOver: (version: number) => boolean): Promise<void> {
    for (let turns = below(200); turns > 0; turns -= 1) await nextTurn()
    await this.#begin()
    while (!isOver(this.#version)) {
      await this.#follow(1 + below(12), isOver)
      tally.cuts += 1
      await this.#compare()
      // Some stay away for so long that their version is forgotten.
      for (let turns = below(4) === 0 ? below(120) : 0; turns > 0; turns -= 1) await nextTurn()
    }
  }

  async #begin(): Promise<void> {
    this.#objects.clear()
    if (random() < 0.5) return this.#stream()
    const { status, items, version } = await list(this.#scope)
    expect(status).toBe(200)
    for (const item of items) this.#objects.set(keyOf(item), item)
    this.#version = Number(version)
  }

  // A streaming list: what is there, in no order of versions, and a bookmark.
  async #stream(): Promise<void> {
    tally.streamed += 1
    const options = { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' }
    for await (const { type, object } of watch(this.#scope, options)) {
      if (type === 'BOOKMARK') {
        this.#version = Number(object.metadata.resourceVersion)
        expect(object.metadata.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' })
        return
      }
      if (type !== 'ADDED') throw new Error(`${type} among initial events`)
      expect(this.#objects.has(keyOf(object)), this.#say('doubled')).toBe(false)
      this.#objects.set(keyOf(object), object)
    }
    // Cut by a kill before the bookmark.
    await this.#begin()
  }

  async #follow(limit: number, isOver: (version: number) => boolean): Promise<void> {
    let left = limit
    for await (const event of watch(this.#scope, { resourceVersion: String(this.#version) })) {
      if (event.type === 'ERROR') {
        expect(event.object.code).toBe(410)
        tally.expired += 1
        return this.#begin()
      }
      this.#take(event)
      left -= 1
      if (left === 0 || isOver(this.#version)) return
    }
  }

  #take({ type, object }: WatchEvent<KubernetesObject>): void {
    const version = Number(object.metadata.resourceVersion)
    if (type === 'BOOKMARK') {
      tally.bookmarks += 1
      expect(version, this.#say('back')).toBeGreaterThanOrEqual(this.#version)
    } else {
      tally.events += 1
      expect(version, this.#say(`${type} ${keyOf(object)} again`)).toBeGreaterThan(this.#version)
      expect(this.#objects.has(keyOf(object)), this.#say(`${type} ${keyOf(object)}`)).toBe(type !== 'ADDED')
      if (type === 'DELETED') this.#objects.delete(keyOf(object))
      else this.#objects.set(keyOf(object), object)
    }
    this.#version = version
  }

  async #compare(): Promise<void> {
    const exact = { resourceVersion: String(this.#version), resourceVersionMatch: 'Exact' }
    const version = this.#version
    const { status, items } = await list(this.#scope, exact)
    // Compacted since.
    if (status === 410) return
    expect(status).toBe(200)
    tally.compared += 1
    const replayed = [...this.#objects.values()].map(bodyOf).toSorted(byKey)
    expect(replayed, this.#say(`at ${version}`)).toEqual(items.map(bodyOf).toSorted(byKey))
  }

  #say(what: string): string {
    return `seed ${SEED}: ${JSON.stringify(this.#scope)} after ${this.#version}: ${what}`
  }
}

function keyOf({ metadata }: KubernetesObject): string {
  return `${metadata.namespace}/${metadata.name}`
}

// Items of a list do not repeat what the list says of their kind.
function bodyOf({
  apiVersion: _apiVersion,
  kind: _kind,
  ...body
}: KubernetesObject): Omit<KubernetesObject, 'apiVersion' | 'kind'> {
  return body
}

function byKey(a: Pick<KubernetesObject, 'metadata'>, b: Pick<KubernetesObject, 'metadata'>): number {
  const [left, right] = [a, b].map(({ metadata }) => `${metadata.namespace}/${metadata.name}`) as [
    string,
    string,
  ]
  return left < right ? -1 : 1
}

/** Watchers that follow writers to the end. @param onWrite called after each write */
async function follow(onWrite: () => Promise<void>): Promise<void> {
  tally = { ...NOTHING }
  let last = Infinity
  const isOver = (version: number): boolean => version >= last
  const watchers = Array.from({ length: WATCHERS }, () => new Watcher())
  const following = Promise.all(watchers.map((watcher) => watcher.run(isOver)))
  let isDone = false
  const done = following.finally(() => (isDone = true))
  // Looked at below; a failure before that is not one that nobody sees.
  done.catch(() => undefined)
  await Promise.all(Array.from({ length: WRITERS }, () => writer(onWrite)))
  last = store.revision
  // Bookmarks tell the watchers that see nothing more.
  while (!isDone) {
    await clock.advance(BOOKMARK_INTERVAL_MS)
    await nextTurn()
  }
  await done
  for (const watcher of watchers) expect(watcher.version).toBeGreaterThanOrEqual(last)
  const { cuts, compared, events, bookmarks } = tally
  expect(Math.min(cuts, compared, events, bookmarks)).toBeGreaterThan(WATCHERS)
}

it(`replays to the list of the same version, ${WATCHERS} times at once (seed ${SEED})`, async () => {
  await start(createMemoryStore())
  onTestFinished(end)
  await fill()
  await follow(async () => undefined)
  expect(Math.min(tally.expired, tally.streamed)).toBeGreaterThan(0)
}, 60_000)

it(`loses and doubles nothing over kills, ${WATCHERS} times at once (seed ${SEED})`, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'watch-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  await start(await openStore({ directory: join(directory, String(life)), clock, log: silentLog }))
  onTestFinished(end)
  await fill()
  let writes = 0
  await follow(async () => {
    writes += 1
    if (writes % WRITES_UNTIL_KILLED !== 0) return
    // In the middle of what the other writers do.
    for (let turns = below(10); turns > 0; turns -= 1) await nextTurn()
    await kill(directory)
  })
  expect(tally.kills).toBe(Math.floor((WRITERS * WRITES) / WRITES_UNTIL_KILLED))
}, 120_000)

it('refuses a version from before the compaction, and a new list goes on', async () => {
  await start(createMemoryStore())
  onTestFinished(end)
  await fill()
  const scope = { path: '/api/v1/namespaces/one/configmaps', query: {} }
  const { version } = await list(scope)
  await fixture.client.create(configMaps, { metadata: { namespace: 'one', name: 'later' } })
  await fixture.client.delete(configMaps, { namespace: 'one', name: 'later' })
  await store.compact(store.revision)
  for await (const event of watch(scope, { resourceVersion: version })) {
    expect(event).toMatchObject({ type: 'ERROR', object: { code: 410 } })
  }
  const again = await list(scope)
  await fixture.client.create(configMaps, { metadata: { namespace: 'one', name: 'last' } })
  for await (const event of watch(scope, { resourceVersion: again.version })) {
    expect(event).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'last' } } })
    break
  }
})

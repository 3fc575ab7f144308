// Owns what is asked about one object, and asking it of one server: nothing but the object itself is kept there.
import { readFileSync } from 'node:fs'

import { parseAllDocuments } from 'yaml'

import { InternalError } from '../../../src/base/errors.ts'
import type { Kind } from '../../../src/kubernetes/resources/kind.ts'
import { builtinKinds } from '../../../src/kubernetes/resources/index.ts'
import { apiRoot, groupVersionOf } from '../../../src/rules/kubernetes/resource-names.ts'
import type { Answer, Asked, Verb } from './compare.ts'
import { mutantsOf, mutated, type Mutant } from './mutate.ts'
import type { Server } from './servers.ts'

const AT_ONCE = 4
const MERGE = 'application/merge-patch+json'

type Json = Readonly<Record<string, unknown>>

export interface Seed {
  readonly name: string
  readonly object: Json & { readonly metadata: { readonly name: string } }
  readonly kind: Kind
  readonly asks: readonly Asked[]
}

/** The objects of seeds.yaml with all that is asked about them. */
export function readSeeds(): readonly Seed[] {
  const text = readFileSync(new URL('seeds.yaml', import.meta.url), 'utf8')
  const seen = new Set<Kind>()
  return parseAllDocuments(text).map((document) => {
    // The format of the file beside this one.
    const object = document.toJS() as Seed['object'] & { readonly apiVersion: string; readonly kind: string }
    const kind = builtinKinds.find(
      ({ resource }) => resource.kind === object.kind && groupVersionOf(resource) === object.apiVersion,
    )
    if (!kind) throw new InternalError(`${object.kind} is not served`)
    const isFirst = !seen.has(kind)
    seen.add(kind)
    const name = `${object.kind} ${object.metadata.name}`
    return { name, object, kind, asks: asksOf(name, object, kind, isFirst) }
  })
}

function asksOf(seed: string, object: Json, kind: Kind, isFirst: boolean): readonly Asked[] {
  const { struct } = kind.schema
  const hasTemplate = JSON.stringify(object).includes('"containers"') && object['kind'] !== 'Pod'
  const shared = hasTemplate ? { shared: isOfPods } : {}
  const depth = isFirst && !hasTemplate ? 3 : 1
  const asks = (verb: Verb, mutants: readonly Mutant[]): Asked[] =>
    mutants.map((mutant) => ({ seed, verb, ...mutant }))
  // What is changed and what is new is judged alike: less is tried of what only an update refuses.
  const changes = mutantsOf(object, struct, { depth: isFirst ? 1 : 0, ...shared })
  const status = { depth: isFirst ? 2 : 0, under: 'status' }
  return [
    ...asks('create', mutantsOf(object, struct, { depth, ...shared })),
    ...asks('update', changes),
    ...asks('patch', changes.filter(isMergeable)),
    ...(kind.status ? asks('status', mutantsOf(object, struct, status)) : []),
    ...(object['kind'] === 'ConfigMap' ? metadataAsks(seed, object, kind) : []),
  ]
}

function metadataAsks(seed: string, object: Json, { schema }: Kind): Asked[] {
  return mutantsOf(object, schema.struct, { depth: 2, under: 'metadata' }).flatMap((mutant) => [
    { seed, verb: 'create', ...mutant },
    { seed, verb: 'update', ...mutant },
  ])
}

/** Pod templates are judged as pods are. */
function isOfPods(path: readonly (string | number)[]): boolean {
  const at = path.indexOf('template')
  return at >= 0 && path[at + 1] === 'spec' && path.length > at + 2
}

/** What a merge patch can say: lists are replaced as a whole. */
function isMergeable({ path, value }: Mutant): boolean {
  return value === undefined && path.every((step) => typeof step === 'string')
}

/** Asks everything with `dryRun=All`, what needs the object while it is there; answers in the order of the questions. */
export async function runSeed(
  server: Server,
  { name, object, kind, asks }: Seed,
): Promise<readonly Answer[]> {
  const { namespaced, plural } = kind.resource
  const list = `${apiRoot(kind.resource)}${namespaced ? '/namespaces/d' : ''}/${plural}`
  const one = `${list}/${object.metadata.name}`
  const creates = asks.filter(({ verb }) => verb === 'create')
  const created = await allAtOnce(creates, (ask) =>
    server.ask('POST', `${list}?dryRun=All`, mutated(object, ask)),
  )
  let stored = await done(name, server.ask('POST', list, object))
  if (kind.status && object['status'] !== undefined) {
    // A patch: controllers of the server itself may write at the same time.
    const body = { status: object['status'] }
    stored = await done(name, server.ask('PATCH', `${one}/status`, body, MERGE))
  }
  const changed = await allAtOnce(
    asks.filter(({ verb }) => verb !== 'create'),
    async (ask) => {
      if (ask.verb === 'patch') {
        const patch = mutated({}, { path: ask.path, value: null })
        return server.ask('PATCH', `${one}?dryRun=All`, patch, MERGE)
      }
      const at = `${one}${ask.verb === 'status' ? '/status' : ''}?dryRun=All`
      const answer = await server.ask('PUT', at, mutated(stored, ask))
      if (answer.status !== 409) return answer
      // A controller of the server itself has changed it.
      stored = await done(name, server.ask('GET', one))
      return server.ask('PUT', at, mutated(stored, ask))
    },
  )
  await server.ask('DELETE', `${one}?gracePeriodSeconds=0`)
  const [ofCreates, ofChanges] = [created.values(), changed.values()]
  return asks.flatMap(({ verb }) => (verb === 'create' ? ofCreates : ofChanges).next().value ?? [])
}

/** @throws InternalError when a seed is refused, after which nothing else says anything */
async function done(seed: string, asked: Promise<Answer>): Promise<Json> {
  const { status, body } = await asked
  if (status >= 400) throw new InternalError(`${seed}: ${JSON.stringify(body)}`)
  return body as Json
}

async function allAtOnce(
  asks: readonly Asked[],
  ask: (asked: Asked) => Promise<Answer>,
): Promise<readonly Answer[]> {
  const answers: Answer[] = []
  const left = asks.entries()
  const client = async (): Promise<void> => {
    for (const [index, asked] of left) answers[index] = await ask(asked)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, client))
  return answers
}

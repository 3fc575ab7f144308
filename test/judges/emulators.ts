// Owns `npm run test:emulators`: `up`, `up` again and `down --target aws` against two emulators that others wrote, as far as they
// go: moto's server and MiniStack, named by `MOTO_SERVER` and `MINISTACK`, else found by their names. Arguments: one of the two.
import { spawn, type ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { UserError } from '../../src/base/errors.ts'
import { configOf, loadProject } from '../../src/deploy/project.ts'
import { freePort } from '../support/free-port.ts'
import { Beside, MADE_BESIDE } from './far/beside.ts'
import { Course } from './far/course.ts'
import { EMULATORS, type Emulator } from './far/emulators.ts'
import { madeIn, type Inventory } from './far/inventory.ts'
import { withoutLacking, type Parts } from './far/lacking.ts'
import { recordCalls, type Answer, type Asked, type Passing, type Recorder } from './far/recorder.ts'

const project = fileURLToPath(new URL('far/emulated', import.meta.url))
const { region } = configOf(loadProject([project])).metadata
const START_TIMEOUT_MS = 60_000

/** Starts it and waits until it answers. @throws UserError when it is not installed */
async function started(emulator: Emulator): Promise<{ child: ChildProcess; endpoint: string }> {
  const [variable, name] = emulator.program
  const port = await freePort()
  const { args, env } = emulator.start(port)
  const program = process.env[variable] ?? name
  const child = spawn(program, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', process.env['LOUD'] ? 'inherit' : 'ignore'],
  })
  let failure: Error | undefined
  child.once('error', (error) => (failure = error))
  const endpoint = `http://127.0.0.1:${port}`
  for (const deadline = Date.now() + START_TIMEOUT_MS; Date.now() < deadline; await sleep(200)) {
    if (failure)
      throw new UserError(`${program} cannot be run: ${failure.message}`, {
        help: `${emulator.install}, or name it in ${variable}`,
      })
    if (
      await fetch(endpoint).then(
        () => true,
        () => false,
      )
    )
      return { child, endpoint }
  }
  child.kill()
  throw new UserError(`${program} does not answer on ${endpoint}`)
}

const UNPROTECTED =
  '<UpdateTerminationProtectionResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><UpdateTerminationProtectionResult><StackId>it</StackId></UpdateTerminationProtectionResult></UpdateTerminationProtectionResponse>'

/** Stands between: takes out of calls what the emulator lacks, and counts it. */
class Bridge implements Passing {
  readonly missed = new Map<string, number>()
  readonly #templates = new Map<string, string>()
  readonly #emulator: Emulator
  readonly #beside: Beside

  constructor(emulator: Emulator, endpoint: string) {
    this.#emulator = emulator
    this.#beside = new Beside(endpoint, region)
  }

  instead(call: Asked): Answer | undefined {
    const operation = operationOf(call)
    if (!this.#emulator.operations.includes(operation)) return undefined
    this.#miss(operation)
    if (operation === 'ListFargateProfiles')
      return { status: 200, headers: {}, body: '{"fargateProfileNames":[]}' }
    if (operation === 'UpdateTerminationProtection') return { status: 200, headers: {}, body: UNPROTECTED }
    const message = `${this.#emulator.name} has no ${operation}`
    const type = 'AccessDeniedException'
    if (call.headers['x-amz-target'] !== undefined)
      return { status: 400, headers: {}, body: JSON.stringify({ __type: type, message }) }
    const text = `<ErrorResponse><Error><Code>AccessDenied</Code><Message>${message}</Message></Error></ErrorResponse>`
    return { status: 403, headers: { 'content-type': 'text/xml' }, body: text }
  }

  async request({ body }: Asked): Promise<string> {
    const form = new URLSearchParams(body)
    const stack = form.get('StackName') ?? ''
    if (form.get('Action') === 'DeleteStack') await this.#beside.remove(stack)
    const text = form.get('TemplateBody')
    if (form.get('Action') !== 'CreateStack' || text === null) return body
    this.#templates.set(stack, text)
    const types = [...this.#emulator.types, ...(this.#emulator.makesClustersBeside ? MADE_BESIDE : [])]
    // What `up` has written.
    const whole = this.#beside.imported(JSON.parse(this.#listed(text)) as Parts)
    const rest = withoutLacking(whole, { types }, (type) => this.#miss(type))
    form.set('TemplateBody', JSON.stringify(rest))
    return form.toString()
  }

  async answer(call: Asked & { readonly status: number }, body: string): Promise<string> {
    const { body: asked, status, method, url } = call
    if (
      this.#emulator.makesClustersBeside &&
      status === 200 &&
      method === 'GET' &&
      /^\/clusters\/[^/]+$/.test(url)
    )
      return this.#beside.described(body)
    const form = new URLSearchParams(asked)
    const stack = form.get('StackName') ?? ''
    const text = this.#templates.get(stack)
    if (status !== 200 || text === undefined) return body
    if (form.get('Action') === 'CreateStack' && this.#emulator.makesClustersBeside)
      await this.#beside.make(stack, this.#beside.imported(JSON.parse(text) as Parts))
    if (form.get('Action') !== 'GetTemplate') return body
    // That which was sent, with what was left out of it.
    const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
    return body.replace(/<TemplateBody>[^]*<\/TemplateBody>/, () => `<TemplateBody>${escaped}</TemplateBody>`)
  }

  // As eksctl writes some, and AWS reads them.
  #listed(template: string): string {
    if (!this.#emulator.makesClustersBeside) return template
    return template.replaceAll(/"Fn::GetAtt":"(\w+)\.([\w.]+)"/g, (_all, id: string, attribute: string) => {
      this.#miss('Fn::GetAtt of one text')
      return `"Fn::GetAtt":["${id}","${attribute}"]`
    })
  }

  #miss(what: string): void {
    this.missed.set(what, (this.missed.get(what) ?? 0) + 1)
  }
}

function operationOf({ method, url, headers, body }: Asked): string {
  if (method === 'GET' && /^\/clusters\/[^/]+\/fargate-profiles/.test(url)) return 'ListFargateProfiles'
  const target = headers['x-amz-target']
  return (typeof target === 'string' ? target.split('.').at(-1) : /^Action=(\w+)/.exec(body)?.[1]) ?? ''
}

const failures: string[] = []

function expected({ name }: Emulator, what: string, holds: boolean, seen: string): void {
  console.log(`${name}: ${holds ? `ok   ${what}` : `FAIL ${what}: ${seen}`}`)
  if (!holds) failures.push(`${name}: ${what}`)
}

async function judge(emulator: Emulator): Promise<void> {
  const { child, endpoint } = await started(emulator)
  try {
    const bridge = new Bridge(emulator, endpoint)
    await using recorder = await recordCalls(endpoint, {
      instead: (call) => bridge.instead(call),
      request: (call) => bridge.request(call),
      answer: (call, body) => bridge.answer(call, body),
    })
    using course = new Course(recorder.endpoint)
    await check(emulator, course, recorder)
    for (const [what, count] of bridge.missed) console.log(`${emulator.name}: lacks ${what} (${count})`)
    // What is lacked no longer is to be asked for.
    for (const type of emulator.types)
      expected(emulator, `${type} is asked for`, bridge.missed.has(type), 'it is not')
  } finally {
    child.kill()
  }
}

async function check(emulator: Emulator, course: Course, recorder: Recorder): Promise<void> {
  const before = await madeIn(recorder.endpoint, region)
  const first = await course.up(project)
  expected(emulator, 'up goes as far as Kubernetes', OUT_OF_REACH.test(first.failure), first.failure)
  const made = countNew(before, await madeIn(recorder.endpoint, region))
  for (const [kind, count] of Object.entries({ ...WANTED, ...emulator.counts }))
    expected(emulator, `${count} ${kind}`, made[kind] === count, String(made[kind]))
  const countBefore = creations(recorder)
  const second = await course.up(project)
  const isSame = OUT_OF_REACH.test(second.failure) && creations(recorder) === countBefore
  expected(emulator, 'up again makes nothing twice', isSame, second.failure)
  const { failure } = await course.down(project, true)
  const ending = emulator.downEndsWith ?? /^$/
  expected(emulator, 'down ends as it can', ending.test(failure), failure)
  const left = countNew(before, await madeIn(recorder.endpoint, region))
  for (const [kind, count] of Object.entries(left))
    if (!emulator.leaves.includes(kind)) expected(emulator, `no ${kind} left`, count === 0, String(count))
}

/** What the project makes. */
const WANTED: Readonly<Record<string, number>> = {
  stacks: 4,
  clusters: 1,
  nodeGroups: 1,
  fargateProfiles: 1,
  vpcs: 1,
  subnets: 6,
  launchTemplates: 1,
  natGateways: 1,
  addresses: 1,
  roles: 4,
  oidcProviders: 1,
  locks: 0,
}

function countNew(before: Inventory, after: Inventory): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(after).map(([kind, names]) => {
      const old = new Set(before[kind])
      return [kind, names.filter((name) => !old.has(name)).length]
    }),
  )
}

const OUT_OF_REACH = /cannot reach the Kubernetes API/

function creations({ calls }: Recorder): number {
  return calls.filter(
    ({ body, method, url }) => body.startsWith('Action=Create') || (method === 'POST' && url.length > 1),
  ).length
}

Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' })
const asked = process.argv.slice(2)
for (const emulator of EMULATORS)
  if (asked.length === 0 || asked.includes(emulator.name)) await judge(emulator)
process.exit(failures.length === 0 ? 0 : 1)

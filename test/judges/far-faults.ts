// Owns `npm run test:far-faults`: `up` and `down --target aws` of a project while every call in its turn fails, every resource of
// every stack, and runs are cut off; what has to be said is said, the next run goes on, and nothing is left. Arguments: some of the
// parts by name; `PROJECT` names another project, `EVERY` takes each so manieth call only.
import { fileURLToPath } from 'node:url'

import { NAMED_ERRORS } from '../../src/aws/faults/fault.ts'
import { cut, scattered, stairs, whole } from './far/faults/calls.ts'
import { failsMaking, failsRemoving, stacksOf } from './far/faults/stacks.ts'
import { Trial } from './far/faults/trial.ts'
import { Verdict } from './far/faults/verdict.ts'

const path = process.env['PROJECT'] ?? fileURLToPath(new URL('../../examples/eks-workshop', import.meta.url))
const every = Number(process.env['EVERY'] ?? 1)
const verdict = new Verdict()
await using trial = await Trial.open(path)
const { made, calls } = await whole(trial, verdict)
console.log(`${path}: ${calls} calls make ${JSON.stringify(made)}`)

const PARTS: Readonly<Record<string, () => Promise<void>>> = {
  async stairs() {
    for (const error of NAMED_ERRORS)
      for (const command of ['up', 'down'] as const) {
        const struck = await stairs(trial, command, { error, made, verdict })
        console.log(`${command}: ${error} at each of ${struck} calls`)
      }
  },
  async cuts() {
    for (let from = 1; from <= calls; from += every) await cut(trial, from, { made, verdict })
    console.log(`up cut off at ${Math.ceil(calls / every)} calls, and taken back`)
  },
  async scattered() {
    for (const error of ['unavailable', 'connection-lost', 'answer-lost'] as const)
      for (const first of [1, 2, 3, 4]) {
        const struck = await scattered(trial, { error, first, made, verdict })
        console.log(`${error} of every fourth call from ${first} on: ${struck}`)
      }
  },
  async stacks() {
    for (const { name, resources } of await stacksOf(trial, verdict)) {
      const failed = await failsMaking(trial, name, { made, verdict })
      let stayed = 0
      for (const resource of resources)
        if (await failsRemoving(trial, { stack: name, resource, verdict })) stayed += 1
      console.log(
        `${name}: ${failed} resources fail when made, ${stayed} of ${resources.length} when removed`,
      )
    }
  },
}

const asked = process.argv.slice(2)
for (const [name, part] of Object.entries(PARTS)) {
  if (asked.length > 0 && !asked.includes(name)) continue
  const before = process.cpuUsage()
  await part()
  const { user, system } = process.cpuUsage(before)
  console.log(`${name}: ${Math.round((user + system) / 1e6)} s of CPU`)
}
console.log(`got over: ${[...verdict.gotOver].map(([name, count]) => `${name} (${count})`).join(', ')}`)
console.log(`${verdict.wrong.length} findings`)
process.exit(verdict.wrong.length === 0 ? 0 : 1)

// Owns trials of stacks that fail: at each resource when they are made, and at each when they are removed.
import { isDeepStrictEqual } from 'node:util'

import {
  CloudFormationClient,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation'

import { cleared, type Whole } from './calls.ts'
import type { Fault, Trial } from './trial.ts'
import type { Verdict } from './verdict.ts'

const PLANTED = { code: 'Planted', message: 'no such luck' }
// More resources than a stack has.
const MOST_RESOURCES = 501
const REMOVING = [
  'Delete',
  'Release',
  'Detach',
  'Disassociate',
  'Remove',
  'Revoke',
  'Terminate',
  'Deregister',
]

/** The stacks that `up` makes, with their resources; `up` is done before, and `down` after. */
export async function stacksOf(
  trial: Trial,
  verdict: Verdict,
): Promise<readonly { readonly name: string; readonly resources: readonly string[] }[]> {
  const { failure } = await trial.run('up', [])
  verdict.expect(failure === '', `up ends with: ${failure}`)
  const client = trial.region.client(CloudFormationClient)
  const { Stacks = [] } = await client.send(new DescribeStacksCommand({}))
  const stacks = await Promise.all(
    Stacks.map(async ({ StackName = '' }) => {
      const asked = new DescribeStackResourcesCommand({ StackName })
      const { StackResources = [] } = await client.send(asked)
      return {
        name: StackName,
        resources: StackResources.map(({ LogicalResourceId = '' }) => LogicalResourceId),
      }
    }),
  )
  await cleared(trial, verdict, 'the look at its stacks')
  return stacks
}

/** Fails each resource of a stack in the order in which they are begun, each time the one after the last. @returns how many */
export async function failsMaking(
  trial: Trial,
  stack: string,
  { made, verdict }: { readonly made: Whole['made']; readonly verdict: Verdict },
): Promise<number> {
  let resource = 1
  for (; resource < MOST_RESOURCES; resource += 1) {
    const { failure, strikes } = await trial.run('up', [{ stack, resource, error: PLANTED }])
    if (strikes[0] === 0) break
    const where = `up with resource ${resource} of ${stack} failing`
    verdict.expect(failure.includes(`stack ${stack} ended as ROLLBACK_COMPLETE`), `${where} says: ${failure}`)
    verdict.expect(failure.includes(PLANTED.message), `${where} gives no reason: ${failure}`)
    verdict.expect(failure.includes('goes on from here'), `${where} says no way on: ${failure}`)
  }
  const left = await trial.left()
  verdict.expect(
    isDeepStrictEqual(left, made),
    `up after ${stack} failed at each resource makes ${JSON.stringify(left)}`,
  )
  await cleared(trial, verdict, `${stack} failed at each resource`)
  return resource - 1
}

/** Fails the removal of one resource, of a stack that is there; then `down` goes on. @returns whether there was a call to fail */
export async function failsRemoving(
  trial: Trial,
  {
    stack,
    resource,
    verdict,
  }: { readonly stack: string; readonly resource: string; readonly verdict: Verdict },
): Promise<boolean> {
  const up = await trial.run('up', [])
  verdict.expect(up.failure === '', `up before ${resource} of ${stack} stays ends with: ${up.failure}`)
  const faults: readonly Fault[] = REMOVING.map((verb) => ({
    stack,
    resource,
    operation: `*:${verb}*`,
    error: PLANTED,
  }))
  const { failure, strikes } = await trial.run('down', faults)
  const isStruck = strikes.some((count) => count > 0)
  const where = `down with ${resource} of ${stack} failing`
  if (isStruck) {
    verdict.expect(failure.includes('could not be deleted: DELETE_FAILED'), `${where} says: ${failure}`)
    verdict.expect(failure.includes(PLANTED.message), `${where} gives no reason: ${failure}`)
    verdict.expect(
      /--retain-resources .*/.exec(failure)?.[0].includes(resource) === true,
      `${where} names no way: ${failure}`,
    )
  } else verdict.expect(failure === '', `${where} ends with: ${failure}`)
  await cleared(trial, verdict, where)
  return isStruck
}

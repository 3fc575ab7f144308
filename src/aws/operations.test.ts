// Every operation of every service, over the wire: a good request is answered, what is not declared is refused.
import { describe, expect, test } from 'vitest'

import { messageOf } from '../base/errors.ts'
import { deployments } from '../kubernetes/client/resources.ts'
import { createSchemaLoader } from './protocol/schema.ts'
import { awsServices, isServiceName, type ServiceName } from './protocol/services.ts'
import { undeclaredMembers } from './protocol/undeclared.ts'
import { wireOf } from './protocol/wires.ts'
import type { EksTestRegion } from './services/eks/testing/eks-test-region.ts'
import { atOnce } from './testing/at-once.ts'
import { minimalSample, sampleOfPath } from './testing/sample.ts'
import { serviceTables } from './testing/service-tables.ts'
import { signRequest } from './testing/sign-request.ts'
import { everyOperation, refusing, type Made, type Step } from './testing/steps/index.ts'
import { REGION, type TestRegion } from './testing/test-region.ts'
import { createWholeRegion } from './testing/whole-region.ts'

const schemas = createSchemaLoader()
const DEADLINE_MS = 25_000

/** Sends a request as a client would. @returns the output. @throws AwsError of the answer. */
async function send(
  region: TestRegion,
  [service, operation]: readonly [ServiceName, string],
  input: object,
): Promise<unknown> {
  const schema = schemas(service)
  const { protocol, signingName } = awsServices[service]
  const wire = wireOf(protocol)
  const signed = signRequest(wire.encodeInput(schema, operation, input), {
    ...region.credentials,
    region: REGION,
    service: signingName,
    nowMs: region.deps.clock.now(),
  })
  const response = await region.endpoint.handle(signed)
  // A prefix without a namespace is no XML to strict parsers, as that of Python.
  const prefixed = /<\w+:[^>]*/.exec(String(response.body))
  if (prefixed) throw new Error(`${operation} answers with ${prefixed[0]}`)
  if (response.status < 300) return wire.decodeOutput(schema, operation, response)
  throw wire.decodeError(schema, response)
}

function read(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], value)
}

/** Sends a step until it is answered: what it needs may still be under way. */
async function drive(region: TestRegion, step: Step, made: Made): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS
  for (;;) {
    try {
      const output = await send(region, [step.service, step.operation], step.input(made))
      const found = Object.entries(step.remember).map(([name, path]) => [name, read(output, path)] as const)
      const missing = found.find(([, value]) => typeof value !== 'string')
      if (missing) throw new Error(`the answer has no ${missing[0]}: ${JSON.stringify(output)}`)
      Object.assign(made, Object.fromEntries(found))
      return
    } catch (error) {
      if (performance.now() > deadline) {
        throw new Error(`${step.service} ${step.operation}: ${messageOf(error)}`, { cause: error })
      }
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}

/** Nothing runs in these clusters: what an add-on waits for is said to have come. */
async function runCoreDns(region: EksTestRegion): Promise<void> {
  const client = region.kubernetes('demo')
  const key = { namespace: 'kube-system', name: 'coredns' }
  const deployment = await region.until(async () => await client.get(deployments, key).catch(() => undefined))
  const status = { observedGeneration: 1, availableReplicas: 2, updatedReplicas: 2 }
  await client.updateStatus(deployments, { ...deployment, status })
}

test('a good request of each is answered', { timeout: 120_000 }, async () => {
  const region = await createWholeRegion()
  const made: Made = { subnets: region.subnetIds.join(','), region: REGION }
  for (const step of everyOperation) {
    if (step.operation === 'UpdateAddon') await runCoreDns(region)
    await drive(region, step, made)
  }
  for (const { service, operation, input, code } of refusing) {
    await expect(send(region, [service, operation], input(made)), operation).rejects.toMatchObject({ code })
  }
  const driven = [...everyOperation, ...refusing].map(({ service, operation }) => `${service} ${operation}`)
  const all = (await serviceTables()).flatMap(({ schema, operations }) =>
    Object.keys(operations).map((operation) => `${schema} ${operation}`),
  )
  expect([...new Set(driven)].toSorted()).toEqual(all.toSorted())
})

// Each of these makes one more for every call, which would be in the way of what the tour removes later.
const ONE_EACH = new Set([
  // A user has two.
  'iam CreateAccessKey',
  'ec2 CreateDhcpOptions',
  'ec2 CreateInternetGateway',
  'ec2 CreateSnapshot',
  'ec2 CreateSnapshots',
  'ec2 CreateLaunchTemplateVersion',
  'ec2 CreateNetworkInterface',
  'ec2 CreateRouteTable',
  'ec2 CreateVpc',
  'iam CreatePolicyVersion',
  'kms CreateKey',
  'elbv2 AddTrustStoreRevocations',
  // Only the first of their answers names what it removed.
  'ec2 DeleteFleets',
  'ec2 DeleteKeyPair',
  'ec2 DeleteVpcEndpoints',
  'ssm DeleteParameters',
])

/** Sends a step eight times at once, until one of them is answered. @returns what is wrong with the outcome */
async function race(region: TestRegion, step: Step, made: Made): Promise<string | undefined> {
  const deadline = performance.now() + DEADLINE_MS
  const name = `${step.service} ${step.operation}`
  for (;;) {
    const input = step.input(made)
    const { answers, codes } = await atOnce(() => send(region, [step.service, step.operation], input))
    const [first] = answers
    const odd = codes.find((code) => /Internal|Unavailable|Error:/.test(code))
    if (odd) return `${name}: ${odd}`
    if (first === undefined) {
      if (performance.now() > deadline) return `${name}: never answered, ${codes[0]}`
      await new Promise((resolve) => setTimeout(resolve, 20))
      continue
    }
    for (const [key, path] of Object.entries(step.remember)) made[key] = String(read(first, path))
    const kinds = new Set(answers.map((answer) => JSON.stringify(answer))).size
    return kinds === 1 ? undefined : `${name}: ${answers.length} answers of ${kinds} kinds`
  }
}

test(
  'what makes or removes something, asked for eight times at once, happens once',
  { timeout: 120_000 },
  async () => {
    const region = await createWholeRegion()
    const made: Made = { subnets: region.subnetIds.join(','), region: REGION }
    const raced: string[] = []
    const wrong: string[] = []
    for (const step of everyOperation) {
      if (
        !/^(Create|Delete|Release|Attach|Detach|Add|Remove)/.test(step.operation) ||
        ONE_EACH.has(`${step.service} ${step.operation}`)
      ) {
        if (step.operation === 'UpdateAddon') await runCoreDns(region)
        await drive(region, step, made)
        continue
      }
      raced.push(step.operation)
      const fault = await race(region, step, made)
      if (fault !== undefined) wrong.push(fault)
    }
    expect(wrong).toEqual([])
    // Every operation that makes or removes is on the tour: the test above says that all operations are.
    expect(new Set(raced).size).toBeGreaterThan(60)
  },
)

describe.each((await serviceTables()).map((service) => [service.schema, service] as const))(
  '%s',
  (name, service) => {
    test('refuses each member that an operation does not declare, by its name', async () => {
      if (!isServiceName(name)) throw new Error(`${name} is not in the table of services`)
      const region = await createWholeRegion()
      const schema = schemas(name)
      const wrong: string[] = []
      for (const [operation, declared] of Object.entries(service.operations)) {
        const ref = schema.operation(operation)?.input ?? 'Unit'
        for (const { path } of undeclaredMembers(schema, ref, declared)) {
          const input = { ...minimalSample(schema, ref), ...(sampleOfPath(schema, ref, path) as object) }
          const message = await send(region, [name, operation], input).then(
            () => 'it was accepted',
            messageOf,
          )
          if (!/ with \S.* is not emulated by Neargate\.$/.test(message))
            wrong.push(`${operation} ${path}: ${message}`)
        }
      }
      expect(wrong).toEqual([])
    })
  },
)

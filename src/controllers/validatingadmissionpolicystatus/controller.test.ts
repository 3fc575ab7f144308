import { expect, it } from 'vitest'

import { FakeClock } from '../../base/testing/fake-clock.ts'
import { silentLog } from '../../base/log.ts'
import { Supervisor } from '../../base/supervisor.ts'
import { validatingAdmissionPolicies } from '../../kubernetes/client/resources.ts'
import { createApiFixture } from '../../kubernetes/server/testing/api-fixture.ts'
import { createControllerContext } from '../../reconcile/context.ts'
import { runController } from '../../reconcile/run-controller.ts'
import { createPolicyStatusController } from './controller.ts'

it('writes the status of each version of a policy once, as a manager of its own', async () => {
  const { client, server } = await createApiFixture()
  const clock = new FakeClock()
  const supervisor = new Supervisor(silentLog)
  const context = createControllerContext({ client, clock, log: silentLog, supervisor })
  runController(createPolicyStatusController(context, server), { clock, log: silentLog, supervisor })
  const rule = {
    apiGroups: ['apps'],
    apiVersions: ['v1'],
    resources: ['deployments'],
    operations: ['CREATE' as const],
  }
  const specOf = (expression: string) => ({
    matchConstraints: { resourceRules: [rule] },
    validations: [{ expression }],
  })
  const key = { name: 'p' }
  const statusAt = (generation: number) =>
    expect.poll(async () => {
      await clock.advance(1)
      const { status } = await client.get(validatingAdmissionPolicies, key)
      return status?.observedGeneration === generation ? status.typeChecking : undefined
    })
  const created = await client.create(validatingAdmissionPolicies, {
    metadata: key,
    spec: specOf('object.spec.foo > 1'),
  })
  await statusAt(1).toMatchObject({ expressionWarnings: [{ fieldRef: 'spec.validations[0].expression' }] })
  const { metadata } = await client.get(validatingAdmissionPolicies, key)
  expect(metadata.managedFields?.map(({ manager, subresource }) => [manager, subresource])).toContainEqual([
    'validatingadmissionpolicy-status',
    'status',
  ])
  const next = specOf('object.spec.replicas > 1')
  await client.update(validatingAdmissionPolicies, {
    ...created,
    metadata,
    spec: { ...created.spec, ...next },
  })
  await statusAt(2).toEqual({})
  await supervisor.stop()
})

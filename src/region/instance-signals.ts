// Owns what instances tell CloudFormation: once one runs, the signals in its user data are sent. User data is not run here,
// and all that it would do is taken to go well.
import type { Ec2 } from '../aws/services/ec2/index.ts'
import type { AwsCaller } from '../aws/protocol/service.ts'
import type { CloudFormationService } from '../aws/services/cloudformation/index.ts'
import { AwsError } from '../base/errors.ts'
import type { Controller } from '../reconcile/controller.ts'
import { type SignalCommand, signalCommands } from '../rules/nodes/cfn-signal.ts'
import { instanceSource } from './instance-nodes.ts'

export interface InstanceSignalsOptions {
  readonly ec2: Pick<Ec2, 'instances'>
  readonly caller: AwsCaller
  readonly handles: Pick<CloudFormationService['handles'], 'signal'>
}

/** A reconciler over instances: each tells once, after it has started for the first time. */
export function instanceSignalsController(options: InstanceSignalsOptions): Controller {
  // Of this process: what was told before is told again after a restart, and changes nothing.
  const told = new Set<string>()
  return {
    name: 'instance-signals',
    sources: [instanceSource(options.ec2)],
    async reconcile(instanceId) {
      const instance = options.ec2.instances.get(instanceId)
      if (!instance) told.delete(instanceId)
      if (instance?.state !== 'running' || instance.userData === undefined || told.has(instanceId)) return
      for (const command of signalCommands(instance.userData)) await send(options, instanceId, command)
      told.add(instanceId)
    },
  }
}

async function send(
  { caller, handles }: InstanceSignalsOptions,
  instanceId: string,
  command: SignalCommand,
): Promise<void> {
  const { uniqueId = instanceId, isSuccess } = command
  if ('handle' in command) {
    await handles.signal(command.handle, { ...command, uniqueId })
    return
  }
  try {
    await caller.call('cloudformation', 'SignalResource', {
      StackName: command.stack,
      LogicalResourceId: command.resource,
      UniqueId: uniqueId,
      Status: isSuccess ? 'SUCCESS' : 'FAILURE',
    })
  } catch (error) {
    // Most scripts signal whether anybody waits or not.
    if (!(error instanceof AwsError) || error.status >= 500) throw error
  }
}

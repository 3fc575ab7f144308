// Owns the load that is on when the region is killed: writers on both APIs, and what each has been told.
import { CreateStackCommand } from '@aws-sdk/client-cloudformation'
import {
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DeleteSecurityGroupCommand,
  DescribeVpcsCommand,
} from '@aws-sdk/client-ec2'

import { configMaps } from '../../src/kubernetes/client/resources.ts'
import type { Clients } from './clients.ts'
import { Ledger } from './ledger.ts'

const RULES = [1001, 1002, 1003]
const STREAMS = ['a', 'b', 'c', 'd', 'e']

/** Everything that the writers of one campaign have been told. */
export class Account {
  readonly configMaps = new Ledger('ConfigMap')
  readonly securityGroups = new Ledger('security group')
  readonly logGroups = new Ledger('log group')
  readonly stacks = new Ledger('stack')

  get ledgers(): readonly Ledger[] {
    return [this.configMaps, this.securityGroups, this.logGroups, this.stacks]
  }
}

export interface WriteOptions {
  /** All names begin with it. */
  readonly prefix: string
  readonly signal: AbortSignal
}

/** Writes until the signal aborts, and resolves once no request is on its way. */
export async function write(
  clients: Clients,
  account: Account,
  { prefix, signal }: WriteOptions,
): Promise<void> {
  const loop = async (one: (name: string, n: number) => Promise<void>): Promise<void> => {
    for (let n = 0; !signal.aborted; n += 1) await one(`${prefix}-${n}`, n)
  }
  await Promise.all([
    loop((name, n) => writeConfigMap(clients, account.configMaps, { name, n })),
    loop((name, n) => writeConfigMap(clients, account.configMaps, { name: `${name}-b`, n })),
    loop((name, n) => writeSecurityGroup(clients, account.securityGroups, { name, n })),
    loop((name, n) => writeLogGroup(clients, account.logGroups, { name, n })),
    loop((name) => writeStack(clients, account.stacks, name)),
  ])
}

interface Item {
  readonly name: string
  readonly n: number
}

async function writeConfigMap({ kubernetes }: Clients, ledger: Ledger, { name, n }: Item): Promise<void> {
  const key = { namespace: 'default', name }
  const made = await ledger.write(name, '1', async () =>
    kubernetes?.create(configMaps, { metadata: key, data: { value: '1' } }),
  )
  if (!made) return
  const changed = await ledger.write(name, '2', async () =>
    kubernetes?.patch(configMaps, key, { data: { value: '2' } }, { type: 'merge' }),
  )
  if (!changed || n % 3 !== 0) return
  await ledger.write(name, undefined, async () => kubernetes?.delete(configMaps, key))
}

/** A group with its rules, every second one deleted again: there with all of them, or not at all. */
async function writeSecurityGroup({ ec2 }: Clients, ledger: Ledger, { name, n }: Item): Promise<void> {
  let GroupId: string | undefined
  const made = await ledger.write(name, '', async () => {
    const { Vpcs = [] } = await ec2.send(new DescribeVpcsCommand({}))
    const group = { GroupName: name, Description: 'crash', VpcId: Vpcs[0]?.VpcId }
    GroupId = (await ec2.send(new CreateSecurityGroupCommand(group))).GroupId
  })
  if (!made) return
  const ruled = await ledger.write(name, RULES.join(), () =>
    ec2.send(
      new AuthorizeSecurityGroupIngressCommand({
        GroupId,
        IpPermissions: RULES.map((port) => ({
          IpProtocol: 'tcp',
          FromPort: port,
          ToPort: port,
          IpRanges: [{ CidrIp: '10.0.0.0/8' }],
        })),
      }),
    ),
  )
  if (!ruled || n % 2 === 0) return
  await ledger.write(name, undefined, () => ec2.send(new DeleteSecurityGroupCommand({ GroupId })))
}

/** A group with its streams, deleted again at once. */
async function writeLogGroup({ logs }: Clients, ledger: Ledger, { name }: Item): Promise<void> {
  const logGroupName = name
  let isGoingOn = await ledger.write(name, '', () => logs.send(new CreateLogGroupCommand({ logGroupName })))
  for (const [index, logStreamName] of STREAMS.entries()) {
    if (!isGoingOn) return
    isGoingOn = await ledger.write(name, STREAMS.slice(0, index + 1).join(), () =>
      logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName })),
    )
  }
  if (!isGoingOn) return
  await ledger.write(name, undefined, () => logs.send(new DeleteLogGroupCommand({ logGroupName })))
}

// Resources without names of their own: what is made twice is seen.
const TEMPLATE = JSON.stringify({
  Resources: {
    Log: { Type: 'AWS::Logs::LogGroup' },
    Role: {
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' },
          ],
        },
      },
    },
  },
})

/** How a stack of this template is found when it is whole, and nothing was made twice. */
export const WHOLE_STACK = 'CREATE_COMPLETE, 1 log group, 1 role'

async function writeStack({ cloudFormation }: Clients, ledger: Ledger, name: string): Promise<void> {
  await ledger.write(name, WHOLE_STACK, () =>
    cloudFormation.send(
      new CreateStackCommand({
        StackName: name,
        TemplateBody: TEMPLATE,
        Capabilities: ['CAPABILITY_IAM'],
        ClientRequestToken: name,
      }),
    ),
  )
}

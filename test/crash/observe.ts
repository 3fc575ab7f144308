// Owns looking at what is there after a kill: what the writers made, and what `up` and `down` leave.
import { DeleteStackCommand, paginateDescribeStacks, type Stack } from '@aws-sdk/client-cloudformation'
import {
  DeleteLogGroupCommand,
  DescribeLogStreamsCommand,
  paginateDescribeLogGroups,
} from '@aws-sdk/client-cloudwatch-logs'
import {
  DeleteSecurityGroupCommand,
  paginateDescribeNetworkInterfaces,
  paginateDescribeSecurityGroups,
  type SecurityGroup,
} from '@aws-sdk/client-ec2'
import { paginateListRoles } from '@aws-sdk/client-iam'

import { configMaps } from '../../src/kubernetes/client/resources.ts'
import { eventually } from '../support/poll.ts'
import type { Clients } from './clients.ts'
import type { Account } from './writers.ts'

/** Faults of everything that the writers have been told, with names that begin with `prefix`. */
export async function faultsOf(
  clients: Clients,
  account: Account,
  prefix: string,
): Promise<readonly string[]> {
  await settled(clients, prefix)
  return [
    ...account.configMaps.faults(await foundConfigMaps(clients, prefix)),
    ...account.securityGroups.faults(await foundSecurityGroups(clients, prefix)),
    ...account.logGroups.faults(await foundLogGroups(clients, prefix)),
    ...account.stacks.faults(await foundStacks(clients, prefix)),
  ]
}

async function foundConfigMaps(
  { kubernetes }: Clients,
  prefix: string,
): Promise<ReadonlyMap<string, string>> {
  const { items = [] } = (await kubernetes?.list(configMaps, { namespace: 'default' })) ?? {}
  const ours = items.filter(({ metadata }) => metadata.name.startsWith(prefix))
  return new Map(ours.map(({ metadata, data }) => [metadata.name, data?.['value'] ?? 'no value']))
}

async function foundSecurityGroups(clients: Clients, prefix: string): Promise<ReadonlyMap<string, string>> {
  const ours = await securityGroups(clients, prefix)
  return new Map(
    ours.map(({ GroupName = '', IpPermissions = [] }) => [
      GroupName,
      IpPermissions.map(({ FromPort }) => `${FromPort}`)
        .toSorted()
        .join(),
    ]),
  )
}

async function securityGroups({ ec2 }: Clients, prefix: string): Promise<readonly SecurityGroup[]> {
  const found: SecurityGroup[] = []
  for await (const page of paginateDescribeSecurityGroups({ client: ec2 }, {}))
    found.push(...(page.SecurityGroups ?? []))
  return found.filter(({ GroupName }) => GroupName?.startsWith(prefix))
}

async function foundLogGroups(clients: Clients, prefix: string): Promise<ReadonlyMap<string, string>> {
  const names = (await logGroupNames(clients, prefix)).filter((name) => !/-Log-/.test(name))
  const found = names.map(async (logGroupName): Promise<[string, string]> => {
    const { logStreams = [] } = await clients.logs.send(new DescribeLogStreamsCommand({ logGroupName }))
    return [logGroupName, logStreams.map(({ logStreamName }) => logStreamName).join()]
  })
  return new Map(await Promise.all(found))
}

async function logGroupNames({ logs }: Clients, prefix: string): Promise<readonly string[]> {
  const names: string[] = []
  for await (const page of paginateDescribeLogGroups({ client: logs }, {}))
    names.push(...(page.logGroups ?? []).map(({ logGroupName = '' }) => logGroupName))
  return names.filter((name) => name.startsWith(prefix))
}

async function roleNames({ iam }: Clients, prefix: string): Promise<readonly string[]> {
  const names: string[] = []
  for await (const page of paginateListRoles({ client: iam }, {}))
    names.push(...(page.Roles ?? []).map(({ RoleName = '' }) => RoleName))
  return names.filter((name) => name.startsWith(prefix))
}

async function foundStacks(clients: Clients, prefix: string): Promise<ReadonlyMap<string, string>> {
  const [groups, roles] = await Promise.all([logGroupNames(clients, prefix), roleNames(clients, prefix)])
  const ours = await stacks(clients, prefix)
  return new Map(
    ours.map(({ StackName = '', StackStatus = '' }) => {
      const groupCount = groups.filter((name) => name.startsWith(`${StackName}-Log-`)).length
      const roleCount = roles.filter((name) => name.startsWith(`${StackName}-Role-`)).length
      return [StackName, `${StackStatus}, ${groupCount} log group, ${roleCount} role`]
    }),
  )
}

async function stacks({ cloudFormation }: Clients, prefix: string): Promise<readonly Stack[]> {
  const found: Stack[] = []
  for await (const page of paginateDescribeStacks({ client: cloudFormation }, {}))
    found.push(...(page.Stacks ?? []))
  return found.filter(({ StackName }) => StackName?.startsWith(prefix))
}

/** Waits until no stack is on its way to anything. */
async function settled(clients: Clients, prefix: string): Promise<void> {
  await eventually(async () => {
    const all = await stacks(clients, prefix)
    return all.some(({ StackStatus }) => StackStatus?.endsWith('_IN_PROGRESS')) ? undefined : true
  }, `the stacks ${prefix}* come to an end`)
}

/** Removes what the writers made. */
export async function sweep(clients: Clients, prefix: string): Promise<void> {
  for (const { GroupId } of await securityGroups(clients, prefix))
    await clients.ec2.send(new DeleteSecurityGroupCommand({ GroupId }))
  for (const { StackName } of await stacks(clients, prefix))
    await clients.cloudFormation.send(new DeleteStackCommand({ StackName }))
  await eventually(
    async () => ((await stacks(clients, prefix)).length === 0 ? true : undefined),
    'stacks are deleted',
  )
  for (const logGroupName of (await logGroupNames(clients, prefix)).filter((name) => !/-Log-/.test(name)))
    await clients.logs.send(new DeleteLogGroupCommand({ logGroupName }))
}

// The subnets of the file are there before `up`, with their gateway; EKS keeps the logs of a cluster; and AWS keeps
// service-linked roles.
const NOT_OF_UP = /^(interface nat_gateway|log group \/aws\/eks\/\S+\/cluster|role AWSServiceRoleFor\S+)$/

/** What `down` should have taken away, and a sweep should have left none of, by name. */
export async function leftovers(clients: Clients): Promise<readonly string[]> {
  const { clusters, loadBalancers } = await clients.admin.status()
  const interfaces: string[] = []
  for await (const page of paginateDescribeNetworkInterfaces({ client: clients.ec2 }, {}))
    interfaces.push(
      ...(page.NetworkInterfaces ?? []).map((one) => one.InterfaceType ?? one.Description ?? ''),
    )
  const groups = (await securityGroups(clients, '')).filter(({ GroupName }) => GroupName !== 'default')
  return [
    ...clusters.map(({ name }) => `cluster ${name}`),
    ...loadBalancers.map(({ name }) => `load balancer ${name}`),
    ...(await stacks(clients, '')).map(({ StackName, StackStatus }) => `stack ${StackName} (${StackStatus})`),
    ...groups.map(({ GroupName }) => `security group ${GroupName}`),
    ...interfaces.map((type) => `interface ${type}`),
    ...(await logGroupNames(clients, '')).map((name) => `log group ${name}`),
    ...(await roleNames(clients, '')).map((name) => `role ${name}`),
  ].filter((name) => !NOT_OF_UP.test(name))
}

// Owns the resource types AWS::EC2::DHCPOptions and AWS::EC2::VPCDHCPOptionsAssociation.
import type { TemplateObject } from '../../template/template.ts'
import { tolerating } from '../find-made.ts'
import { textAt, textsOf } from '../members.ts'
import type { ResourceType } from '../resource-type.ts'
import { creation, drop, findMade, type Noun, tagSpecifications, tagsStep } from './ec2.ts'

const dhcpNoun: Noun = {
  resourceType: 'dhcp-options',
  create: 'CreateDhcpOptions',
  describe: 'DescribeDhcpOptions',
  remove: 'DeleteDhcpOptions',
  list: 'DhcpOptions',
  id: 'DhcpOptionsId',
  notFound: 'InvalidDhcpOptionID.NotFound',
}

// Properties and the options that they are called in DHCP.
const OPTIONS: Readonly<Record<string, string>> = {
  DomainName: 'domain-name',
  DomainNameServers: 'domain-name-servers',
  NtpServers: 'ntp-servers',
  NetbiosNameServers: 'netbios-name-servers',
  NetbiosNodeType: 'netbios-node-type',
}

function configurationsOf(properties: TemplateObject): object[] {
  return Object.entries(OPTIONS).flatMap(([name, Key]) => {
    const one = textAt(properties, name)
    const Values = one === undefined ? textsOf(properties[name]) : [one]
    return Values.length > 0 ? [{ Key, Values }] : []
  })
}

export const dhcpOptions: ResourceType = {
  name: 'AWS::EC2::DHCPOptions',
  create: {
    ...creation(dhcpNoun, {}),
    on: [...Object.keys(OPTIONS), 'Tags'],
    run: async (properties, context) => {
      type Answer = { readonly DhcpOptions?: { readonly DhcpOptionsId?: string } }
      const { DhcpOptions } = await context.call<Answer>('ec2', 'CreateDhcpOptions', {
        DhcpConfigurations: configurationsOf(properties),
        ...tagSpecifications('dhcp-options', properties, context),
      })
      return DhcpOptions?.DhcpOptionsId ?? ''
    },
    find: (_properties, context) => findMade(dhcpNoun, context),
  },
  update: [tagsStep()],
  attributes: ['DhcpOptionsId'],
  read: (DhcpOptionsId) => Promise.resolve({ state: 'ready', attributes: { DhcpOptionsId } }),
  remove: (id, context) => drop(dhcpNoun, id, context),
}

export const vpcDhcpOptionsAssociation: ResourceType = {
  name: 'AWS::EC2::VPCDHCPOptionsAssociation',
  create: {
    operations: ['ec2:AssociateDhcpOptions'],
    on: ['VpcId', 'DhcpOptionsId'],
    // A VPC has one set of options: giving it the same one again changes nothing.
    run: async (properties, context) => {
      const [VpcId, DhcpOptionsId] = [textAt(properties, 'VpcId'), textAt(properties, 'DhcpOptionsId')]
      await context.call('ec2', 'AssociateDhcpOptions', { VpcId, DhcpOptionsId })
      return `${DhcpOptionsId}|${VpcId}`
    },
  },
  update: [],
  attributes: [],
  read: () => Promise.resolve({ state: 'ready', attributes: {} }),
  remove: async (id, context) => {
    const [, VpcId] = id.split('|')
    await tolerating(['InvalidVpcID.NotFound'], () =>
      context.call('ec2', 'AssociateDhcpOptions', { VpcId, DhcpOptionsId: 'default' }),
    )
    return true
  },
}

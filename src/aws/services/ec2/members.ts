// Owns the members that many operations of EC2 take, as operations declare them.

/** What a list is narrowed by. */
export const FILTERED = ['Filters[].Name', 'Filters[].Values'] as const

/** What a list in pages takes. */
export const LISTED = [...FILTERED, 'NextToken', 'MaxResults'] as const

/** The tags of what is made. */
export const TAGGED = [
  'TagSpecifications[].ResourceType',
  'TagSpecifications[].Tags[].Key',
  'TagSpecifications[].Tags[].Value',
] as const

/** Rules of a security group, as structures. */
export const IP_PERMISSIONS = [
  'IpPermissions[].IpProtocol',
  'IpPermissions[].FromPort',
  'IpPermissions[].ToPort',
  'IpPermissions[].IpRanges[].CidrIp',
  'IpPermissions[].IpRanges[].Description',
  'IpPermissions[].Ipv6Ranges[].CidrIpv6',
  'IpPermissions[].Ipv6Ranges[].Description',
  'IpPermissions[].PrefixListIds[].PrefixListId',
  'IpPermissions[].PrefixListIds[].Description',
  'IpPermissions[].UserIdGroupPairs[].GroupId',
  'IpPermissions[].UserIdGroupPairs[].GroupName',
  'IpPermissions[].UserIdGroupPairs[].Description',
] as const

/** Rules of a security group, in both ways of writing them. */
export const PERMISSIONS = [
  'GroupId',
  'CidrIp',
  'IpProtocol',
  'FromPort',
  'ToPort',
  ...IP_PERMISSIONS,
] as const

/** There is one account, and a group's id says which VPC it is of: naming them changes nothing. */
export const KEPT_OF_PERMISSIONS = [
  'IpPermissions[].UserIdGroupPairs[].UserId',
  'IpPermissions[].UserIdGroupPairs[].VpcId',
] as const

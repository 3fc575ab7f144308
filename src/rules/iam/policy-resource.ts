// Owns what IAM asks of a resource that a policy names: an ARN or `*`.
// Texts as AWS answers getmoto/moto's invalid documents.

const PARTITIONS = new Set([
  '*',
  'aws',
  'aws-cn',
  'aws-us-gov',
  'aws-iso',
  'aws-iso-b',
  'aws-iso-e',
  'aws-iso-f',
])
const IAM_PATHS = [
  'user/',
  'federated-user/',
  'role/',
  'group/',
  'instance-profile/',
  'mfa/',
  'server-certificate/',
  'policy/',
  'sms-mfa/',
  'saml-provider/',
  'oidc-provider/',
  'report/',
  'access-report/',
]

/** Why IAM refuses a resource of a statement, as the text of MalformedPolicyDocument; undefined when it takes it. */
export function resourceFault(resource: string): string | undefined {
  if (resource === '*') return undefined
  if (!resource.includes(':')) return `Resource ${resource} must be in ARN format or "*".`
  const [, partition = '', service, region, , ...rest] = resource.split(':')
  if (resource === 'arn:aws') return 'Resource vendor must be fully qualified and cannot contain regexes.'
  if (!PARTITIONS.has(partition)) {
    return `Partition "${partition}" is not valid for resource "${completed(resource)}".`
  }
  if (service === '' && resource.split(':').length === 3) {
    return 'Resource vendor must be fully qualified and cannot contain regexes.'
  }
  if (service === '' || (resource.includes('::') && rest.length === 0))
    return 'The policy failed legacy parsing'
  // Access points are the resources of S3 that belong to a region.
  const isRegional = rest.join(':').startsWith('accesspoint/')
  if (service === 's3' && region !== undefined && region !== '' && region !== '*' && !isRegional) {
    return `Resource ${resource} can not contain region information.`
  }
  return service === 'iam' ? iamFault(resource, { region, path: rest.join(':') }) : undefined
}

function iamFault(
  resource: string,
  { region, path }: { readonly region: string | undefined; readonly path: string },
): string | undefined {
  if (region !== undefined && region !== '' && region !== '*') {
    return `IAM resource ${resource} cannot contain region information.`
  }
  if (path === '' || path === '*' || IAM_PATHS.some((prefix) => path.startsWith(prefix))) return undefined
  return `IAM resource path must either be "*" or start with ${IAM_PATHS.join(', ')}.`
}

// Fields that are not there are shown as `*`.
function completed(resource: string): string {
  const fields = ['arn', ...resource.split(':').slice(1)]
  return [...fields, ...Array.from({ length: Math.max(0, 6 - fields.length) }, () => '*')].join(':')
}
